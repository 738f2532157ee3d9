/*
 * <prolong-registration server="https://licenses.example" product="lab" language="uk"></prolong-registration>
 *
 * The registration form of a Prolong server: takes an activation or a renewal code, finds out which, and leads the
 * person to a new last day or to somebody who can help. One file, no dependencies, no build step; runs under a strict
 * Content-Security-Policy (no inline style, no eval, no markup made from data).
 *
 * Attributes: `server` (default: the page's own origin), `product`, `product-version` (left out: allowed to the origins
 * that the product names), `language` (en, uk, ru; default: the language of the page), `disabled`.
 * Events (they bubble and cross shadow borders): `prolong-done` {kind, expires_on, replayed, license: {id, product,
 * edition, seats, expires_on}}, `prolong-refused` {code, status, request_id}. No event carries a code or a key.
 * Form-associated: its value is the id of the renewed license; it is invalid until then if it is `required`.
 * Colors and the like: the variables --prolong-… listed in STYLE. Parts: heading, message, button, input.
 *
 * An answer that is lost is never taken for a refusal: each request is kept in sessionStorage until its own outcome is
 * definite, and sent again, also after the page was loaded anew. The same code on the same license is never spent twice.
 */
(() => {
  "use strict";

  // Kept equal to prolong/texts_*.py by a test.
  // texts:begin
  const TEXTS = {
    "en": {
      "day": "{day} {month} {year}",
      "months": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December"
      ],
      "sentences": {
        "title": "Register or renew",
        "code": "Code",
        "code_hint": "25 letters and digits from the paper or the mail. You can paste it whole.",
        "group": "Code, group {n} of 5",
        "license_key": "License key",
        "license_key_hint": "Your product shows it. It stays the same after the renewal.",
        "name": "Name or company",
        "country": "Country",
        "country_hint": "Two letters, such as UA, DE or US",
        "email": "E-mail (optional)",
        "reminders": "Remind me by e-mail before the license ends",
        "check": "Check the code",
        "continue": "Continue",
        "renew": "Renew the license",
        "activate": "Activate the license",
        "again": "Try again",
        "another": "Enter another code",
        "close": "Close",
        "typing.title": "Enter your code",
        "typing.next": "Type or paste the code. We find out what it is for.",
        "incomplete.title": "The code is not complete yet",
        "incomplete.next": "Symbols still missing: {missing}.",
        "mistyped.title": "Something in the code is mistyped",
        "mistyped.keyboard": "Group {group} holds letters of another alphabet. Switch the keyboard and type it again.",
        "mistyped.symbol": "Group {group} holds a sign that no code has. Compare it with the paper.",
        "mistyped.length": "There are too many symbols: a code has 25. Compare it with the paper.",
        "mistyped.check": "At least one letter or digit is wrong. Compare each group with the paper.",
        "complete.title": "The code looks right",
        "complete.next": "Check it to learn what it does. Nothing is spent by checking.",
        "checking.title": "Checking the code…",
        "checking.next": "Nothing is spent by checking.",
        "asking.renewal.title": "This is a renewal code: {period}, workstations: {seats}",
        "asking.renewal.next": "Enter the key of the license that you want to renew.",
        "asking.activation.title": "This is an activation code: {period}, workstations: {seats}",
        "asking.activation.next": "It creates a new license. Say for whom.",
        "ready.renewal.title": "The license can be renewed by {period}",
        "ready.renewal.text": "It runs through {expires_on}; after the renewal, through {expires_on_after}.",
        "ready.renewal.next": "Renew it now. The key stays the same, and the code will be spent.",
        "ready.replay.title": "This code has already renewed this license",
        "ready.replay.text": "It runs through {expires_on}. Nothing more is spent.",
        "ready.replay.next": "Continue to bring this computer up to date.",
        "ready.activation.title": "A new license can be activated for {period}",
        "ready.activation.text": "Edition {edition}, workstations: {seats}. It begins today.",
        "ready.activation.next": "Activate it now. The code will be spent, and you get a license key.",
        "sending.title": "Please wait…",
        "sending.next": "Do not worry if this window closes: no code is ever lost or spent twice.",
        "done.renewal.title": "Renewed. The license runs through {expires_on}",
        "done.renewal.text": "Before: through {previous_expires_on}. The license key is the same: {license_key}",
        "done.replay.title": "This code had already renewed the license. It runs through {expires_on}",
        "done.activation.title": "Activated. The license runs through {expires_on}",
        "done.activation.text": "Your license key is {license_key}",
        "done.again.title": "This code was activated before. The license runs through {expires_on}",
        "done.again.text": "Its license key is {license_key}. It is registered for whoever activated it first.",
        "done.renewal.next": "There is nothing more to do. You may throw the code away.",
        "done.activation.next": "Keep this key: you need it for the next renewal.",
        "unknown.title": "The answer was lost on the way",
        "unknown.text": "Nothing is lost: the code can never be spent twice, and it is not forgotten.",
        "unknown.next": "Check the connection and try again; you will be told what became of it.",
        "unreachable.title": "The license server cannot be reached",
        "unreachable.text": "Nothing was changed, and the code was not spent.",
        "unreachable.next": "Check the connection to the internet and try again.",
        "failed.title": "This computer could not finish the work",
        "failed.text": "{detail}",
        "failed.next": "Nothing is lost. Try again; the code cannot be spent twice.",
        "failed.kind": "This version does not know codes of this kind. Update the product, or reload the page.",
        "refused.title": "That was refused",
        "refused.text": "{detail}",
        "refused.next": "If you do not know why, ask the contact below.",
        "yes_no": "[Y/n]",
        "declined.title": "Nothing was spent",
        "earlier.done": "The code entered before is settled, too: license {license_key} runs through {expires_on}.",
        "earlier.refused": "The code entered before was refused: {title}.",
        "fault.license_key": "Enter the license key.",
        "fault.name": "Enter a name.",
        "fault.country": "Enter the two letters of your country.",
        "fault.email": "This is not an e-mail address.",
        "link.buy": "Buy a new license",
        "link.download": "Download the latest version",
        "contact": "Whom to ask",
        "request": "Number of this request",
        "years.1": "1 year",
        "years.2": "2 years",
        "years.3": "3 years",
        "years.n": "years: {n}"
      },
      "refusals": {
        "code_malformed": [
          "The code is not complete or mistyped",
          "Nothing was changed.",
          "Compare it with the paper and type it again."
        ],
        "code_not_found": [
          "The code is unknown",
          "No such code was ever issued.",
          "Compare it with the paper; if it is the same, ask the seller of the code."
        ],
        "not_a_renewal_code": [
          "This is an activation code",
          "It creates a new license; it cannot renew one.",
          "Enter it again without a license key to activate a new license."
        ],
        "renewal_code_cannot_activate": [
          "This is a renewal code",
          "It extends a license that was activated before; it does not make a new one.",
          "Enter it with the license key of your product, or buy a new license."
        ],
        "test_code": [
          "Sandbox and live do not mix",
          "A sandbox code works only with a sandbox license. Nothing was changed.",
          "Use a code and a license of the same kind."
        ],
        "redemption_reversed": [
          "This renewal was reversed",
          "The code was spent on this license and then taken back by the vendor.",
          "It cannot be used again: please call the contact below."
        ],
        "code_already_redeemed": [
          "The code was used before",
          "A code works only once, and this one was spent elsewhere.",
          "If it was not you, ask the seller of the code."
        ],
        "code_voided": [
          "The code was withdrawn",
          "Its seller took it back, so it cannot be used any more.",
          "Ask the seller for another one."
        ],
        "code_expired": [
          "The code's shelf life is over",
          "It could be used until {good_until}.",
          "Ask the seller of the code for another one."
        ],
        "license_not_found": [
          "The license key is unknown",
          "No code was spent.",
          "Compare the key with the one that your product shows."
        ],
        "product_mismatch": [
          "Another product",
          "The code, the license and this program are not of the same product. The code was not spent.",
          "Enter the code in the product that it was bought for."
        ],
        "license_not_activated": [
          "The license was never activated",
          "There is nothing to renew yet. The code was not spent.",
          "Activate the license first with its activation code."
        ],
        "license_revoked": [
          "The license was revoked",
          "The vendor has revoked it for good. The code was not spent.",
          "Please call the contact below."
        ],
        "license_suspended": [
          "The license is suspended",
          "It cannot be renewed at the moment. The code was not spent.",
          "Please call the contact below."
        ],
        "promo_not_renewable": [
          "Promo licenses cannot be renewed",
          "The activation code of this license contains PRO. The code was not spent.",
          "Buy a new license, and return the renewal code to its seller."
        ],
        "nfr_not_renewable": [
          "Partner licenses cannot be renewed",
          "The activation code of this license contains NFR. The code was not spent.",
          "Buy a new license, and return the renewal code to its seller."
        ],
        "trial_not_renewable": [
          "Trial licenses cannot be renewed",
          "The code was not spent.",
          "Buy a new license, and return the renewal code to its seller."
        ],
        "edition_mismatch": [
          "Another edition",
          "The code is for {edition_of_code}, the license for {edition_of_license}. The code was not spent.",
          "Ask the seller for a code of your edition."
        ],
        "period_not_allowed": [
          "This period is not offered",
          "This edition is not licensed for so many years. The code was not spent.",
          "Ask the seller for a code of another period."
        ],
        "renewal_window_closed": [
          "Too late to renew",
          "The license ran until {expires_on} and could be renewed until {renewable_until}. The code was not spent.",
          "Only a new license helps now: buy one, and return the renewal code to its seller."
        ],
        "too_far_ahead": [
          "Too far in advance",
          "It would run until {expires_on_after}; at most {latest_expires_on} is allowed. The code was not spent.",
          "Keep the code and enter it later."
        ],
        "would_not_extend": [
          "The code would be wasted",
          "The license already runs until {expires_on}. The code was not spent.",
          "Keep the code and enter it later."
        ],
        "seat_count_mismatch": [
          "Another number of workstations",
          "Workstations of the license: {seats_bought}; of the code: {seats_of_code}. The code was not spent.",
          "Ask the seller for a code with the same number. More workstations need a new license."
        ],
        "territory_mismatch": [
          "The code is for another country",
          "A code for this license must come from a dealer of its country ({country}). The code was not spent.",
          "Return the code to its seller and buy one in that country, or call the contact below."
        ],
        "product_outdated": [
          "Update the product first",
          "The latest version is {latest_version}. The code was not spent.",
          "Download and install it, then enter the code again."
        ],
        "machine_not_registered": [
          "This computer does not belong to the license",
          "All its workstations (their number: {seats}) are other computers. The code was not spent.",
          "Enter it on one of them, or ask the contact below to release a computer that you no longer use."
        ],
        "invalid_request": [
          "Something in the form is not right",
          "Nothing was changed.",
          "Look through the fields and try again."
        ],
        "rate_limited": [
          "Too many attempts",
          "Nothing was changed.",
          "Wait a minute and try again."
        ],
        "try_again": [
          "The license server is busy",
          "It could not answer; nothing is done twice.",
          "Try again in a moment."
        ]
      }
    },
    "uk": {
      "day": "{day} {month} {year} р.",
      "months": [
        "січня",
        "лютого",
        "березня",
        "квітня",
        "травня",
        "червня",
        "липня",
        "серпня",
        "вересня",
        "жовтня",
        "листопада",
        "грудня"
      ],
      "sentences": {
        "title": "Активація або продовження",
        "code": "Код",
        "code_hint": "25 літер і цифр із картки чи листа. Код можна вставити повністю.",
        "group": "Код, група {n} з 5",
        "license_key": "Ключ ліцензії",
        "license_key_hint": "Його показує ваш продукт. Після продовження він не змінюється.",
        "name": "Ім’я або назва компанії",
        "country": "Країна",
        "country_hint": "Дві латинські літери, наприклад UA, DE або US",
        "email": "Електронна пошта (необов’язково)",
        "reminders": "Нагадати листом, перш ніж ліцензія закінчиться",
        "check": "Перевірити код",
        "continue": "Далі",
        "renew": "Продовжити ліцензію",
        "activate": "Активувати ліцензію",
        "again": "Спробувати ще раз",
        "another": "Ввести інший код",
        "close": "Закрити",
        "typing.title": "Введіть ваш код",
        "typing.next": "Наберіть або вставте код. Ми самі з’ясуємо, для чого він.",
        "incomplete.title": "Код ще неповний",
        "incomplete.next": "Бракує символів: {missing}.",
        "mistyped.title": "У коді є помилка",
        "mistyped.keyboard": "Група {group}: літери іншої абетки. Перемкніть клавіатуру й наберіть знову.",
        "mistyped.symbol": "У групі {group} є знак, якого в кодах не буває. Звірте її з надрукованим.",
        "mistyped.length": "Символів забагато: у коді їх 25. Звірте його з надрукованим.",
        "mistyped.check": "Принаймні одна літера чи цифра хибна. Звірте кожну групу з надрукованим.",
        "complete.title": "Код набрано правильно",
        "complete.next": "Перевірте його, щоб дізнатися, для чого він. Перевірка нічого не витрачає.",
        "checking.title": "Перевіряємо код…",
        "checking.next": "Перевірка нічого не витрачає.",
        "asking.renewal.title": "Це код продовження: {period}, робочих місць: {seats}",
        "asking.renewal.next": "Введіть ключ ліцензії, яку треба продовжити.",
        "asking.activation.title": "Це код активації: {period}, робочих місць: {seats}",
        "asking.activation.next": "Він створює нову ліцензію. Скажіть, для кого.",
        "ready.renewal.title": "Ліцензію можна продовжити на {period}",
        "ready.renewal.text": "Вона діє до {expires_on} включно, а після продовження — до {expires_on_after}.",
        "ready.renewal.next": "Продовжте її зараз. Ключ залишиться тим самим, а код буде витрачено.",
        "ready.replay.title": "Цей код уже продовжив цю ліцензію",
        "ready.replay.text": "Вона діє до {expires_on} включно. Більше нічого не витрачається.",
        "ready.replay.next": "Продовжуйте, щоб цей комп’ютер дізнався про новий термін.",
        "ready.activation.title": "Можна активувати нову ліцензію: {period}",
        "ready.activation.text": "Редакція {edition}, робочих місць: {seats}. Вона почнеться сьогодні.",
        "ready.activation.next": "Активуйте її зараз. Код буде витрачено, а ви отримаєте ключ ліцензії.",
        "sending.title": "Зачекайте, будь ласка…",
        "sending.next": "Не хвилюйтеся, якщо вікно закриється: код ніколи не губиться й не витрачається двічі.",
        "done.renewal.title": "Продовжено. Ліцензія діє до {expires_on} включно",
        "done.renewal.text": "Раніше: до {previous_expires_on}. Ключ ліцензії той самий: {license_key}",
        "done.replay.title": "Цей код уже продовжив ліцензію. Вона діє до {expires_on} включно",
        "done.activation.title": "Активовано. Ліцензія діє до {expires_on} включно",
        "done.activation.text": "Ваш ключ ліцензії: {license_key}",
        "done.again.title": "Цей код уже активовано раніше. Ліцензія діє до {expires_on}",
        "done.again.text": "Ключ ліцензії: {license_key}. Її зареєстровано на того, хто активував код першим.",
        "done.renewal.next": "Більше нічого робити не треба. Код можна викинути.",
        "done.activation.next": "Збережіть цей ключ: він знадобиться для наступного продовження.",
        "unknown.title": "Відповідь загубилася дорогою",
        "unknown.text": "Нічого не втрачено: код неможливо витратити двічі, і його не забуто.",
        "unknown.next": "Перевірте з’єднання й спробуйте ще раз; ви дізнаєтеся, чим усе скінчилося.",
        "unreachable.title": "Сервер ліцензій недоступний",
        "unreachable.text": "Нічого не змінено, код не витрачено.",
        "unreachable.next": "Перевірте з’єднання з інтернетом і спробуйте ще раз.",
        "failed.title": "Цей комп’ютер не зміг завершити роботу",
        "failed.text": "{detail}",
        "failed.next": "Нічого не втрачено. Спробуйте ще раз: код неможливо витратити двічі.",
        "failed.kind": "Ця версія не знає кодів такого виду. Оновіть продукт або перезавантажте сторінку.",
        "refused.title": "Відмовлено",
        "refused.text": "{detail}",
        "refused.next": "Якщо причина незрозуміла, зверніться за контактом нижче.",
        "yes_no": "[Т/н]",
        "declined.title": "Нічого не витрачено",
        "earlier.done": "Код, уведений раніше, теж використано: ліцензія {license_key} діє до {expires_on}.",
        "earlier.refused": "У коді, уведеному раніше, відмовлено: {title}.",
        "fault.license_key": "Введіть ключ ліцензії.",
        "fault.name": "Введіть ім’я або назву.",
        "fault.country": "Введіть дві латинські літери вашої країни.",
        "fault.email": "Це не адреса електронної пошти.",
        "link.buy": "Купити нову ліцензію",
        "link.download": "Завантажити найновішу версію",
        "contact": "До кого звернутися",
        "request": "Номер цього запиту",
        "years.1": "1 рік",
        "years.2": "2 роки",
        "years.3": "3 роки",
        "years.n": "років: {n}"
      },
      "refusals": {
        "code_malformed": [
          "Код неповний або містить помилку",
          "Нічого не змінено.",
          "Звірте його з надрукованим і наберіть ще раз."
        ],
        "code_not_found": [
          "Невідомий код",
          "Такого коду ніколи не випускали.",
          "Звірте його з надрукованим; якщо все збігається, зверніться до продавця коду."
        ],
        "not_a_renewal_code": [
          "Це код активації",
          "Він створює нову ліцензію; продовжити ним наявну не можна.",
          "Введіть його ще раз без ключа ліцензії, щоб активувати нову."
        ],
        "renewal_code_cannot_activate": [
          "Це код продовження",
          "Він продовжує ліцензію, яку вже активовано, і не створює нової.",
          "Введіть його разом із ключем ліцензії вашого продукту або купіть нову ліцензію."
        ],
        "test_code": [
          "Тестове й справжнє не поєднуються",
          "Тестовий код діє лише з тестовою ліцензією. Нічого не змінено.",
          "Використайте код і ліцензію одного виду."
        ],
        "redemption_reversed": [
          "Це продовження скасовано",
          "Код витратили на цю ліцензію, а потім виробник скасував продовження.",
          "Використати його знову не можна: зателефонуйте за контактом нижче."
        ],
        "code_already_redeemed": [
          "Код уже використано",
          "Код діє лише один раз, а цей уже витрачено деінде.",
          "Якщо це зробили не ви, зверніться до продавця коду."
        ],
        "code_voided": [
          "Код відкликано",
          "Продавець відкликав його, тому скористатися ним більше не можна.",
          "Попросіть у продавця інший."
        ],
        "code_expired": [
          "Термін придатності коду минув",
          "Ним можна було скористатися до {good_until} включно.",
          "Попросіть у продавця коду інший."
        ],
        "license_not_found": [
          "Невідомий ключ ліцензії",
          "Жодного коду не витрачено.",
          "Звірте ключ із тим, який показує ваш продукт."
        ],
        "product_mismatch": [
          "Інший продукт",
          "Код, ліцензія і ця програма належать до різних продуктів. Код не витрачено.",
          "Введіть код у продукті, для якого його придбано."
        ],
        "license_not_activated": [
          "Ліцензію не активовано",
          "Продовжувати ще нічого. Код не витрачено.",
          "Спершу активуйте ліцензію її кодом активації."
        ],
        "license_revoked": [
          "Ліцензію відкликано",
          "Виробник відкликав її остаточно. Код не витрачено.",
          "Зателефонуйте за контактом нижче."
        ],
        "license_suspended": [
          "Ліцензію призупинено",
          "Наразі продовжити її не можна. Код не витрачено.",
          "Зателефонуйте за контактом нижче."
        ],
        "promo_not_renewable": [
          "Промо-ліцензії не продовжують",
          "Код активації цієї ліцензії містить PRO. Код продовження не витрачено.",
          "Купіть нову ліцензію, а код продовження поверніть продавцеві."
        ],
        "nfr_not_renewable": [
          "Партнерські ліцензії не продовжують",
          "Код активації цієї ліцензії містить NFR. Код продовження не витрачено.",
          "Купіть нову ліцензію, а код продовження поверніть продавцеві."
        ],
        "trial_not_renewable": [
          "Пробні ліцензії не продовжують",
          "Код не витрачено.",
          "Купіть нову ліцензію, а код продовження поверніть продавцеві."
        ],
        "edition_mismatch": [
          "Інша редакція",
          "Код — для редакції {edition_of_code}, ліцензія — редакції {edition_of_license}. Код не витрачено.",
          "Попросіть у продавця код для вашої редакції."
        ],
        "period_not_allowed": [
          "Такого терміну не пропонують",
          "Для цієї редакції немає ліцензій на стільки років. Код не витрачено.",
          "Попросіть у продавця код на інший термін."
        ],
        "renewal_window_closed": [
          "Продовжувати вже пізно",
          "Ліцензія діяла до {expires_on}, а продовжити її можна було до {renewable_until} включно. Код не витрачено.",
          "Тепер допоможе лише нова ліцензія: купіть її, а код поверніть продавцеві."
        ],
        "too_far_ahead": [
          "Занадто далеко наперед",
          "Ліцензія діяла б до {expires_on_after}, а дозволено щонайбільше до {latest_expires_on}. Код не витрачено.",
          "Збережіть код і введіть його пізніше."
        ],
        "would_not_extend": [
          "Код було б витрачено марно",
          "Ліцензія вже діє до {expires_on} включно. Код не витрачено.",
          "Збережіть код і введіть його пізніше."
        ],
        "seat_count_mismatch": [
          "Інша кількість робочих місць",
          "Робочих місць у ліцензії: {seats_bought}; у коді: {seats_of_code}. Код не витрачено.",
          "Попросіть у продавця код на таку саму кількість. Для більшої потрібна нова ліцензія."
        ],
        "territory_mismatch": [
          "Код призначено для іншої країни",
          "Код для цієї ліцензії має походити від дилера її країни ({country}). Код не витрачено.",
          "Поверніть код продавцеві й купіть у цій країні або зателефонуйте за контактом нижче."
        ],
        "product_outdated": [
          "Спершу оновіть продукт",
          "Найновіша версія — {latest_version}. Код не витрачено.",
          "Завантажте й установіть її, а потім введіть код ще раз."
        ],
        "machine_not_registered": [
          "Цей комп’ютер не належить до ліцензії",
          "Усі її робочі місця (їх кількість: {seats}) — інші комп’ютери. Код не витрачено.",
          "Введіть його на одному з них або попросіть за контактом нижче звільнити комп’ютер, яким уже не користуєтеся."
        ],
        "invalid_request": [
          "Щось у формі не так",
          "Нічого не змінено.",
          "Перегляньте поля й спробуйте ще раз."
        ],
        "rate_limited": [
          "Забагато спроб",
          "Нічого не змінено.",
          "Зачекайте хвилину й спробуйте ще раз."
        ],
        "try_again": [
          "Сервер ліцензій зайнятий",
          "Він не зміг відповісти; двічі нічого не виконується.",
          "Спробуйте ще раз за мить."
        ]
      }
    },
    "ru": {
      "day": "{day} {month} {year} г.",
      "months": [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря"
      ],
      "sentences": {
        "title": "Активация или продление",
        "code": "Код",
        "code_hint": "25 букв и цифр с карточки или из письма. Код можно вставить целиком.",
        "group": "Код, группа {n} из 5",
        "license_key": "Ключ лицензии",
        "license_key_hint": "Его показывает ваш продукт. После продления он не меняется.",
        "name": "Имя или название компании",
        "country": "Страна",
        "country_hint": "Две латинские буквы, например UA, DE или US",
        "email": "Электронная почта (необязательно)",
        "reminders": "Напомнить письмом, прежде чем лицензия закончится",
        "check": "Проверить код",
        "continue": "Далее",
        "renew": "Продлить лицензию",
        "activate": "Активировать лицензию",
        "again": "Попробовать ещё раз",
        "another": "Ввести другой код",
        "close": "Закрыть",
        "typing.title": "Введите ваш код",
        "typing.next": "Наберите или вставьте код. Мы сами выясним, для чего он.",
        "incomplete.title": "Код ещё неполный",
        "incomplete.next": "Не хватает символов: {missing}.",
        "mistyped.title": "В коде есть ошибка",
        "mistyped.keyboard": "Группа {group}: буквы другого алфавита. Переключите клавиатуру и наберите снова.",
        "mistyped.symbol": "В группе {group} есть знак, которого в кодах не бывает. Сверьте её с напечатанным.",
        "mistyped.length": "Символов слишком много: в коде их 25. Сверьте его с напечатанным.",
        "mistyped.check": "По меньшей мере одна буква или цифра неверна. Сверьте каждую группу с напечатанным.",
        "complete.title": "Код набран правильно",
        "complete.next": "Проверьте его, чтобы узнать, для чего он. Проверка ничего не тратит.",
        "checking.title": "Проверяем код…",
        "checking.next": "Проверка ничего не тратит.",
        "asking.renewal.title": "Это код продления: {period}, рабочих мест: {seats}",
        "asking.renewal.next": "Введите ключ лицензии, которую нужно продлить.",
        "asking.activation.title": "Это код активации: {period}, рабочих мест: {seats}",
        "asking.activation.next": "Он создаёт новую лицензию. Скажите, для кого.",
        "ready.renewal.title": "Лицензию можно продлить на {period}",
        "ready.renewal.text": "Она действует до {expires_on} включительно, а после продления — до {expires_on_after}.",
        "ready.renewal.next": "Продлите её сейчас. Ключ останется прежним, а код будет потрачен.",
        "ready.replay.title": "Этот код уже продлил эту лицензию",
        "ready.replay.text": "Она действует до {expires_on} включительно. Больше ничего не тратится.",
        "ready.replay.next": "Продолжайте, чтобы этот компьютер узнал о новом сроке.",
        "ready.activation.title": "Можно активировать новую лицензию: {period}",
        "ready.activation.text": "Редакция {edition}, рабочих мест: {seats}. Она начнётся сегодня.",
        "ready.activation.next": "Активируйте её сейчас. Код будет потрачен, а вы получите ключ лицензии.",
        "sending.title": "Подождите, пожалуйста…",
        "sending.next": "Не беспокойтесь, если окно закроется: код никогда не теряется и не тратится дважды.",
        "done.renewal.title": "Продлено. Лицензия действует до {expires_on} включительно",
        "done.renewal.text": "Раньше: до {previous_expires_on}. Ключ лицензии прежний: {license_key}",
        "done.replay.title": "Этот код уже продлил лицензию. Она действует до {expires_on} включительно",
        "done.activation.title": "Активировано. Лицензия действует до {expires_on} включительно",
        "done.activation.text": "Ваш ключ лицензии: {license_key}",
        "done.again.title": "Этот код уже активирован раньше. Лицензия действует до {expires_on}",
        "done.again.text": "Ключ лицензии: {license_key}. Она зарегистрирована на того, кто активировал код первым.",
        "done.renewal.next": "Больше ничего делать не нужно. Код можно выбросить.",
        "done.activation.next": "Сохраните этот ключ: он понадобится для следующего продления.",
        "unknown.title": "Ответ потерялся в пути",
        "unknown.text": "Ничего не потеряно: код нельзя потратить дважды, и он не забыт.",
        "unknown.next": "Проверьте соединение и попробуйте ещё раз; вы узнаете, чем всё кончилось.",
        "unreachable.title": "Сервер лицензий недоступен",
        "unreachable.text": "Ничего не изменено, код не потрачен.",
        "unreachable.next": "Проверьте соединение с интернетом и попробуйте ещё раз.",
        "failed.title": "Этот компьютер не смог закончить работу",
        "failed.text": "{detail}",
        "failed.next": "Ничего не потеряно. Попробуйте ещё раз: код нельзя потратить дважды.",
        "failed.kind": "Эта версия не знает кодов такого вида. Обновите продукт или перезагрузите страницу.",
        "refused.title": "Отказано",
        "refused.text": "{detail}",
        "refused.next": "Если причина непонятна, обратитесь по контакту ниже.",
        "yes_no": "[Д/н]",
        "declined.title": "Ничего не потрачено",
        "earlier.done": "Код, введённый раньше, тоже использован: лицензия {license_key} действует до {expires_on}.",
        "earlier.refused": "В коде, введённом раньше, отказано: {title}.",
        "fault.license_key": "Введите ключ лицензии.",
        "fault.name": "Введите имя или название.",
        "fault.country": "Введите две латинские буквы вашей страны.",
        "fault.email": "Это не адрес электронной почты.",
        "link.buy": "Купить новую лицензию",
        "link.download": "Скачать последнюю версию",
        "contact": "К кому обратиться",
        "request": "Номер этого запроса",
        "years.1": "1 год",
        "years.2": "2 года",
        "years.3": "3 года",
        "years.n": "лет: {n}"
      },
      "refusals": {
        "code_malformed": [
          "Код неполный или содержит ошибку",
          "Ничего не изменено.",
          "Сверьте его с напечатанным и наберите ещё раз."
        ],
        "code_not_found": [
          "Неизвестный код",
          "Такого кода никогда не выпускали.",
          "Сверьте его с напечатанным; если всё совпадает, обратитесь к продавцу кода."
        ],
        "not_a_renewal_code": [
          "Это код активации",
          "Он создаёт новую лицензию; продлить им имеющуюся нельзя.",
          "Введите его ещё раз без ключа лицензии, чтобы активировать новую."
        ],
        "renewal_code_cannot_activate": [
          "Это код продления",
          "Он продлевает лицензию, которая уже была активирована, и не создаёт новой.",
          "Введите его вместе с ключом лицензии вашего продукта или купите новую лицензию."
        ],
        "test_code": [
          "Тестовое и настоящее не сочетаются",
          "Тестовый код действует только с тестовой лицензией. Ничего не изменено.",
          "Используйте код и лицензию одного вида."
        ],
        "redemption_reversed": [
          "Это продление отменено",
          "Код потратили на эту лицензию, а затем производитель отменил продление.",
          "Использовать его снова нельзя: позвоните по контакту ниже."
        ],
        "code_already_redeemed": [
          "Код уже использован",
          "Код действует только один раз, а этот уже потрачен в другом месте.",
          "Если это сделали не вы, обратитесь к продавцу кода."
        ],
        "code_voided": [
          "Код отозван",
          "Продавец отозвал его, поэтому воспользоваться им больше нельзя.",
          "Попросите у продавца другой."
        ],
        "code_expired": [
          "Срок годности кода истёк",
          "Им можно было воспользоваться до {good_until} включительно.",
          "Попросите у продавца кода другой."
        ],
        "license_not_found": [
          "Неизвестный ключ лицензии",
          "Никакой код не потрачен.",
          "Сверьте ключ с тем, который показывает ваш продукт."
        ],
        "product_mismatch": [
          "Другой продукт",
          "Код, лицензия и эта программа относятся к разным продуктам. Код не потрачен.",
          "Введите код в продукте, для которого он куплен."
        ],
        "license_not_activated": [
          "Лицензия не активирована",
          "Продлевать ещё нечего. Код не потрачен.",
          "Сначала активируйте лицензию её кодом активации."
        ],
        "license_revoked": [
          "Лицензия отозвана",
          "Производитель отозвал её окончательно. Код не потрачен.",
          "Позвоните по контакту ниже."
        ],
        "license_suspended": [
          "Лицензия приостановлена",
          "Сейчас продлить её нельзя. Код не потрачен.",
          "Позвоните по контакту ниже."
        ],
        "promo_not_renewable": [
          "Промо-лицензии не продлеваются",
          "Код активации этой лицензии содержит PRO. Код продления не потрачен.",
          "Купите новую лицензию, а код продления верните продавцу."
        ],
        "nfr_not_renewable": [
          "Партнёрские лицензии не продлеваются",
          "Код активации этой лицензии содержит NFR. Код продления не потрачен.",
          "Купите новую лицензию, а код продления верните продавцу."
        ],
        "trial_not_renewable": [
          "Пробные лицензии не продлеваются",
          "Код не потрачен.",
          "Купите новую лицензию, а код продления верните продавцу."
        ],
        "edition_mismatch": [
          "Другая редакция",
          "Код — для редакции {edition_of_code}, лицензия — редакции {edition_of_license}. Код не потрачен.",
          "Попросите у продавца код для вашей редакции."
        ],
        "period_not_allowed": [
          "Такой срок не предлагается",
          "Для этой редакции нет лицензий на столько лет. Код не потрачен.",
          "Попросите у продавца код на другой срок."
        ],
        "renewal_window_closed": [
          "Продлевать уже поздно",
          "Она действовала до {expires_on}, продлить её можно было до {renewable_until} включительно. Код не потрачен.",
          "Теперь поможет только новая лицензия: купите её, а код верните продавцу."
        ],
        "too_far_ahead": [
          "Слишком далеко вперёд",
          "Лицензия действовала бы до {expires_on_after}, а разрешено не дальше {latest_expires_on}. Код не потрачен.",
          "Сохраните код и введите его позже."
        ],
        "would_not_extend": [
          "Код был бы потрачен зря",
          "Лицензия уже действует до {expires_on} включительно. Код не потрачен.",
          "Сохраните код и введите его позже."
        ],
        "seat_count_mismatch": [
          "Другое количество рабочих мест",
          "Рабочих мест в лицензии: {seats_bought}; в коде: {seats_of_code}. Код не потрачен.",
          "Попросите у продавца код на такое же количество. Для большего нужна новая лицензия."
        ],
        "territory_mismatch": [
          "Код предназначен для другой страны",
          "Код для этой лицензии должен быть от дилера её страны ({country}). Код не потрачен.",
          "Верните код продавцу и купите в этой стране или позвоните по контакту ниже."
        ],
        "product_outdated": [
          "Сначала обновите продукт",
          "Последняя версия — {latest_version}. Код не потрачен.",
          "Скачайте и установите её, а потом введите код ещё раз."
        ],
        "machine_not_registered": [
          "Этот компьютер не относится к лицензии",
          "Все её рабочие места (их количество: {seats}) — другие компьютеры. Код не потрачен.",
          "Введите его на одном из них или попросите по контакту ниже освободить компьютер, которым уже не пользуетесь."
        ],
        "invalid_request": [
          "Что-то в форме не так",
          "Ничего не изменено.",
          "Просмотрите поля и попробуйте ещё раз."
        ],
        "rate_limited": [
          "Слишком много попыток",
          "Ничего не изменено.",
          "Подождите минуту и попробуйте ещё раз."
        ],
        "try_again": [
          "Сервер лицензий занят",
          "Он не смог ответить; дважды ничего не выполняется.",
          "Попробуйте ещё раз через мгновение."
        ]
      }
    }
  };
  // texts:end

  const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const SYMBOLS = 25;
  const GROUP = 5;
  const MAX_TEXT = 200;
  const SPACES = "\\t\\n\\v\\f\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
  const DASHES = "\\u2010-\\u2015\\u2212\\ufe58\\ufe63\\uff0d\\-";
  const GAPS = new RegExp(`[${SPACES}${DASHES}]`, "gu");
  const LEADING_GAPS = new RegExp(`^[${SPACES}${DASHES}]+`, "u");
  const MARK = new RegExp(`^(?:PRO|NFR)(?=[${SPACES}${DASHES}])`, "iu");
  const WHOLE_WITH_MARK = /^(?:PRO|NFR).{25}$/su;
  const LOOK_LIKE_DIGITS = { O: "0", I: "1", L: "1" };

  const ATTEMPTS = 4;
  const ATTEMPT_MS = 10000;
  const TOTAL_MS = 30000;
  const MAY_HELP_LATER = new Set(["rate_limited", "try_again", "still_running"]);
  const UNAVAILABLE = new Set([0, 502, 503, 504]);
  // Who is turned away at the door now may have been let in before, so nothing is said of what was lost.
  const AT_THE_DOOR = new Set([401, 403]);
  const RENEWAL_NEEDS = ["license_key"];
  const ACTIVATION_NEEDS = ["name", "country", "email", "reminders"];

  const STYLE = `
    :host {
      --text: var(--prolong-text, #1b1f24);
      --muted: var(--prolong-muted, #57606a);
      --background: var(--prolong-background, #ffffff);
      --border: var(--prolong-border, #6e7781);
      --accent: var(--prolong-accent, #0b57d0);
      --on-accent: var(--prolong-on-accent, #ffffff);
      --error: var(--prolong-error, #b3261e);
      --success: var(--prolong-success, #146c2e);
      --radius: var(--prolong-radius, 0.5rem);
      color-scheme: light dark;
      display: block;
      container-type: inline-size;
      max-width: var(--prolong-width, 32rem);
      font: var(--prolong-font, 1rem/1.5 system-ui, sans-serif);
      color: var(--text);
      background: var(--background);
    }
    @media (prefers-color-scheme: dark) {
      :host {
        --text: var(--prolong-text, #e6edf3);
        --muted: var(--prolong-muted, #9ea7b3);
        --background: var(--prolong-background, #16191d);
        --border: var(--prolong-border, #8b949e);
        --accent: var(--prolong-accent, #a8c7fa);
        --on-accent: var(--prolong-on-accent, #062e6f);
        --error: var(--prolong-error, #f2b8b5);
        --success: var(--prolong-success, #7fd99a);
      }
    }
    :host([hidden]), [hidden] { display: none; }
    form { padding: var(--prolong-padding, 1.25rem); border: 1px solid var(--border); border-radius: var(--radius); }
    h2 { margin: 0 0 1rem; font-size: 1.25em; line-height: 1.25; }
    .field { margin: 0 0 1rem; }
    label { display: block; font-weight: 600; }
    .hint, .fault, .request { margin: 0.25rem 0 0; font-size: 0.875em; color: var(--muted); }
    .fault { color: var(--error); }
    input { font: inherit; color: inherit; accent-color: var(--accent); }
    input:not([type="checkbox"]) {
      box-sizing: border-box; width: 100%; margin-top: 0.25rem; padding: 0.5em 0.75em; min-height: 2.75em;
      background: transparent; border: 1px solid var(--border); border-radius: var(--radius);
    }
    /* A whole code of 29 signs stays in sight on a narrow telephone. */
    .code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: clamp(0.7rem, 4cqi, 1rem); }
    input[aria-invalid="true"] { border-color: var(--error); box-shadow: inset 0 0 0 1px var(--error); }
    .choice { display: flex; gap: 0.5em; align-items: baseline; font-weight: 400; }
    input:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    .message { margin: 0 0 1rem; padding-inline-start: 0.75rem; border-inline-start: 0.25rem solid var(--border); }
    .message p { margin: 0.25rem 0 0; overflow-wrap: anywhere; }
    .message .headline { margin: 0; font-weight: 600; }
    .message.done { border-color: var(--success); }
    .message.done .headline { color: var(--success); }
    .message.mistyped, .message.refused { border-color: var(--error); }
    .message.mistyped .headline, .message.refused .headline { color: var(--error); }
    ul { margin: 0.25rem 0 0; padding: 0; list-style: none; }
    a { color: var(--accent); }
    button {
      font: inherit; font-weight: 600; min-height: 2.75em; padding: 0.5em 1.25em; cursor: pointer;
      color: var(--on-accent); background: var(--accent); border: 1px solid transparent; border-radius: var(--radius);
    }
    button[aria-disabled="true"] { color: var(--text); background: transparent; border-color: var(--border); cursor: default; }
    progress { display: block; width: 100%; height: 0.4rem; margin: 0 0 1rem; accent-color: var(--accent); }
  `;

  /* The text of a code ------------------------------------------------------------------------------------------- */

  function folded(text) {
    return Array.from(text.replace(GAPS, ""), (sign) => {
      const at = sign.codePointAt(0);
      const narrow = at >= 0xff01 && at <= 0xff5e ? String.fromCharCode(at - 0xfee0) : sign;
      return /^[a-z]$/.test(narrow) ? narrow.toUpperCase() : narrow;
    }).join("");
  }

  /** ISO 7064 hybrid MOD 33,32 over 24 canonical symbols. */
  function checkSymbol(symbols) {
    let carry = 32;
    for (const symbol of symbols) carry = (((carry + ALPHABET.indexOf(symbol)) % 32 || 32) * 2) % 33;
    return ALPHABET[(33 - carry) % 32];
  }

  /** What was read so far: {state, symbols, mark, hint, group, display}, as `prolong.codes.read` tells it. */
  function readCode(text) {
    const trimmed = Array.from(text).slice(0, MAX_TEXT).join("").replace(LEADING_GAPS, "");
    const plain = folded(trimmed);
    const mark = MARK.test(trimmed) || WHOLE_WITH_MARK.test(plain) ? plain.slice(0, 3) : "";
    const symbols = Array.from(plain.slice(mark.length), (sign) => LOOK_LIKE_DIGITS[sign] ?? sign);
    return { ...judged(symbols), symbols: symbols.join(""), mark, display: displayed(symbols, mark) };
  }

  function judged(symbols) {
    const mistyped = (hint, group = null) => ({ state: "mistyped", hint, group });
    const groupOf = (at) => Math.min(Math.floor(at / GROUP), 4);
    const foreign = symbols.findIndex((sign) => /\p{L}/u.test(sign) && !/\p{Script=Latin}/u.test(sign));
    const wrong = symbols.findIndex((sign) => !ALPHABET.includes(sign));
    if (foreign >= 0) return mistyped("keyboard", groupOf(foreign));
    if (wrong >= 0) return mistyped("symbol", groupOf(wrong));
    if (symbols.length > SYMBOLS) return mistyped("length");
    if (symbols.length < SYMBOLS) return { state: symbols.length ? "incomplete" : "typing", hint: "", group: null };
    if (checkSymbol(symbols.slice(0, -1)) !== symbols[SYMBOLS - 1]) return mistyped("check");
    return { state: "complete", hint: "", group: null };
  }

  function displayed(symbols, mark) {
    const groups = [0, 5, 10, 15].map((at) => symbols.slice(at, at + GROUP).join(""));
    return [mark, ...groups, symbols.slice(20).join("")].filter(Boolean).join("-");
  }

  /* Sentences ---------------------------------------------------------------------------------------------------- */

  class Sentences {
    constructor(wanted) {
      const first = (wanted || "en").toLowerCase().split(/[-_]/)[0];
      this.language = Object.hasOwn(TEXTS, first) ? first : "en";
      this.texts = TEXTS[this.language];
    }

    say(name, facts = {}) {
      return this.filled(this.texts.sentences[name], facts);
    }

    years(number) {
      const name = `years.${number}`;
      return this.say(Object.hasOwn(this.texts.sentences, name) ? name : "years.n", { n: number });
    }

    /** What a refusal is, what it means, what to do next; in the server's words where ours lack a fact. */
    refusal(problem) {
      const detail = [problem.detail, problem.title].find((text) => typeof text === "string") ?? "";
      const code = String(problem.code);
      if (!Object.hasOwn(this.texts.refusals, code)) return [this.say("refused.title"), detail, this.say("refused.next")];
      const [title, meaning, advice] = this.texts.refusals[code];
      const known = Array.from(meaning.matchAll(/\{(\w+)\}/g)).every(([, fact]) => problem[fact] != null);
      return [title, known ? this.filled(meaning, problem) : detail, advice];
    }

    filled(text, facts) {
      const filled = text.replace(/\{(\w+)\}/g, (_, name) => this.shown(String(facts[name] ?? "")));
      // A date ends in an abbreviation, whose full stop is that of the sentence as well.
      return filled.replace(/(\d [рг]\.)\./g, "$1");
    }

    shown(fact) {
      const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(fact) ?? [];
      const name = this.texts.months[Number(month) - 1];
      return name ? this.filled(this.texts.day, { year, month: name, day: Number(day) }) : fact;
    }
  }

  /* The network -------------------------------------------------------------------------------------------------- */

  /** The server said no, and nothing changed. */
  class Refused extends Error {
    constructor(problem) {
      super(String(problem.code));
      this.problem = problem;
    }
  }

  /** No usable answer; `doubtful` when a change may have been made all the same. */
  class NoAnswer extends Error {
    constructor(doubtful) {
      super("no usable answer");
      this.doubtful = doubtful;
    }
  }

  const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));

  function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
  }

  async function attempt(url, language, body) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "Accept-Language": language },
      body: JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(ATTEMPT_MS),
    });
    const told = await response.json().catch(() => null);
    return { status: response.status, told: isObject(told) ? told : null, headers: response.headers };
  }

  /** A refusal of this server's beyond doubt: what it says twice agrees (RFC 9457 and the contract). */
  function isRefusal(told, status) {
    const named = typeof told?.code === "string" && told.type === `urn:prolong:problem:${told.code.replaceAll("_", "-")}`;
    return named && told.status === status && status >= 400 && status < 500;
  }

  /** Try until the answer is definite or the time is up. All three calls are harmless to repeat; `fits` knows a yes. */
  async function ask(url, language, body, fits) {
    const deadline = Date.now() + TOTAL_MS;
    let doubtful = false;
    for (let count = 1; ; count += 1) {
      const { status, told, headers } = await attempt(url, language, body).catch(() => ({ status: 0, told: null }));
      const replayed = headers?.get("Idempotent-Replayed") === "true";
      if (status >= 200 && status < 300 && told && fits(told, replayed)) return { told, replayed };
      const limited = status === 429;
      if (!limited && isRefusal(told, status) && !(doubtful && AT_THE_DOOR.has(status))) throw new Refused(told);
      doubtful ||= !limited;
      const asked = Number(headers?.get("Retry-After")) * 1000;
      const wait = (asked || 500 * 2 ** (count - 1)) + Math.random() * 250;
      if (!(limited || UNAVAILABLE.has(status)) || count === ATTEMPTS || Date.now() + wait > deadline) {
        if (limited && !doubtful) throw new Refused(isRefusal(told, status) ? told : { code: "rate_limited", status });
        throw new NoAnswer(doubtful);
      }
      await pause(wait);
    }
  }

  const isDay = (text) => typeof text === "string" && /^\d{4}-\d{2}-\d{2}$/.test(text);

  function isCheck(told) {
    const problem = told.problem ?? null;
    const numbers = Number.isInteger(told.period_years) && Number.isInteger(told.seats);
    return typeof told.kind === "string" && numbers && (problem === null || typeof problem.code === "string");
  }

  /** Whether a yes fits what was asked, and itself; one that was damaged on the way, or is not ours, often does not. */
  function answers(told, replayed, { kind, body }) {
    const { license } = told;
    if (!isObject(license) || typeof license.license_key !== "string" || !isDay(license.expires_on)) return false;
    if (license.product !== body.product) return false;
    if (kind === "activation") return true;
    const key = license.license_key.toLowerCase() === body.license_key.toLowerCase();
    const grows = isDay(told.expires_on) && isDay(told.previous_expires_on) && told.previous_expires_on < told.expires_on;
    return key && grows && (replayed || told.expires_on === license.expires_on);
  }

  // Two forms on one page do not settle the same request; each knows of the other's here.
  const claimed = new Set();
  const nameOf = (intent) => JSON.stringify([intent.path, intent.body]);

  /** What was sent and not yet answered for certain, kept over a reload of the page; each until its own answer. */
  class Intents {
    constructor(name) {
      this.name = name;
      this.kept = [];
    }

    all() {
      try {
        const stored = JSON.parse(sessionStorage.getItem(this.name));
        return Array.isArray(stored) ? stored.filter((one) => isObject(one) && isObject(one.body)) : this.kept;
      } catch {
        return this.kept;
      }
    }

    keep(intent) {
      claimed.add(nameOf(intent));
      this.#store([...this.#others(intent), intent]);
    }

    forget(intent) {
      claimed.delete(nameOf(intent));
      this.#store(this.#others(intent));
    }

    #others(intent) {
      return this.all().filter((one) => nameOf(one) !== nameOf(intent));
    }

    #store(intents) {
      this.kept = intents;
      try {
        if (intents.length) sessionStorage.setItem(this.name, JSON.stringify(intents));
        else sessionStorage.removeItem(this.name);
      } catch {
        // A page that may not store keeps them for as long as it is open.
      }
    }
  }

  /* The element -------------------------------------------------------------------------------------------------- */

  function element(name, properties = {}, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  function webAddress(text) {
    return typeof text === "string" && /^https?:\/\//i.test(text) ? text : null;
  }

  class ProlongRegistration extends HTMLElement {
    static formAssociated = true;
    static observedAttributes = ["server", "product", "language", "required"];
    static readCode = readCode;
    static sentences = (language) => new Sentences(language);

    #internals = this.attachInternals();
    #root = this.attachShadow({ mode: "open", delegatesFocus: true });
    #nodes = null;
    #texts = null;
    #state = "typing";
    #reading = readCode("");
    #found = null;
    #faults = {};
    #needs = [];
    #told = null;
    #again = null;
    #doubt = false;
    #busy = false;
    #mine = null;
    #kept = null;

    connectedCallback() {
      if (!this.#nodes) this.#dress();
      this.#speak();
      this.#resume();
    }

    disconnectedCallback() {
      // Another form of the page may settle it then.
      if (this.#mine && !this.#busy) claimed.delete(nameOf(this.#mine));
    }

    attributeChangedCallback(name) {
      if (!this.#nodes || !this.isConnected) return;
      if (name === "language") this.#speak();
      else this.#show();
    }

    formResetCallback() {
      // While it is not known what became of a code, it cannot be put aside: nobody would be told.
      if (!this.#nodes || this.#busy || this.#mine) return;
      for (const { input } of Object.values(this.#nodes.fields)) {
        input.value = "";
        input.checked = false;
      }
      this.#begin("");
    }

    formDisabledCallback() {
      this.#show();
    }

    /** Where the form stands: typing, incomplete, mistyped, complete, checking, asking, ready, sending, done, … */
    get state() {
      return this.#state;
    }

    #dress() {
      if ("adoptedStyleSheets" in this.#root && "replaceSync" in CSSStyleSheet.prototype) {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(STYLE);
        this.#root.adoptedStyleSheets = [sheet];
      } else {
        this.#root.append(element("style", { nonce: this.nonce, textContent: STYLE }));
      }
      this.#build();
      this.#listen();
    }

    #build() {
      const heading = element("h2", { id: "heading" });
      heading.part = "heading";
      const code = this.#field("code", { className: "code", autocapitalize: "characters", maxLength: MAX_TEXT });
      const fields = {
        license_key: this.#field("license_key", { maxLength: 64 }),
        name: this.#field("name", { autocomplete: "name", maxLength: 200 }),
        country: this.#field("country", { autocomplete: "country", autocapitalize: "characters", maxLength: 2 }),
        email: this.#field("email", { autocomplete: "email", type: "email", maxLength: 254 }),
        reminders: this.#choice("reminders"),
      };
      const message = element("div", { id: "message", className: "message" });
      message.part = "message";
      message.setAttribute("role", "status");
      const waiting = element("progress", { hidden: true });
      const button = element("button", { type: "submit" });
      button.part = "button";
      const rows = Object.values(fields).map((field) => field.row);
      const form = element("form", { noValidate: true }, heading, code.row, ...rows, message, waiting, button);
      form.setAttribute("aria-labelledby", "heading");
      this.#nodes = { heading, code, fields, message, waiting, button, form };
      this.#root.append(form);
    }

    #field(name, properties) {
      const input = element("input", { id: name, name, type: "text", autocomplete: "off", spellcheck: false, ...properties });
      input.part = "input";
      const label = element("label", { htmlFor: name });
      const hint = element("p", { id: `${name}-hint`, className: "hint" });
      const fault = element("p", { id: `${name}-fault`, className: "fault", hidden: true });
      return { input, label, hint, fault, row: element("div", { className: "field" }, label, input, fault, hint) };
    }

    #choice(name) {
      const input = element("input", { id: name, name, type: "checkbox" });
      const words = element("span");
      const label = element("label", { className: "choice", htmlFor: name }, input, words);
      return { input, label: words, row: element("div", { className: "field" }, label) };
    }

    #listen() {
      const { form, code, fields } = this.#nodes;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.#act();
      });
      code.input.addEventListener("input", (event) => this.#typed(event));
      for (const { input } of Object.values(fields)) input.addEventListener("input", () => this.#filled());
    }

    #typed(event) {
      const { input } = this.#nodes.code;
      const reading = readCode(input.value);
      const atEnd = input.selectionStart === input.value.length;
      // Rewriting under the caret would move it: only what is typed or pasted at the end is put into groups at once.
      // A mark that is being typed is known by the gap that follows it, and its O would be a zero until then.
      const mayBeMark = (reading.mark && !reading.symbols) || /^\s*(?:P|PR|PRO|N|NF|NFR)$/i.test(input.value);
      const rewrite = atEnd && !mayBeMark && !event.inputType?.startsWith("delete") && !event.isComposing;
      if (rewrite) input.value = reading.display;
      if (reading.display !== this.#reading.display || reading.state !== this.#reading.state) this.#begin(null, reading);
    }

    #filled() {
      this.#faults = {};
      if (this.#found && !["checking", "sending", "done"].includes(this.#state)) this.#enter("asking");
    }

    #begin(text, reading = readCode(text)) {
      this.#reading = reading;
      this.#found = this.#told = this.#again = null;
      this.#faults = {};
      this.#needs = [];
      this.#doubt = false;
      if (text !== null) this.#nodes.code.input.value = text;
      this.#internals.setFormValue(null);
      this.#enter(reading.state);
    }

    /* What the button does */

    async #act() {
      if (this.#busy || this.matches(":disabled")) return;
      const step = {
        complete: () => this.#check(),
        asking: () => this.#check(),
        ready: () => this.#send(),
        unknown: () => this.#send(),
        unreachable: () => this.#again(),
        failed: () => this.#again(),
        refused: () => (MAY_HELP_LATER.has(this.#told.code) ? this.#again() : this.#restart()),
        done: () => this.#restart(),
      }[this.#state];
      if (step) await step();
    }

    #restart() {
      this.#begin("");
      this.#nodes.code.input.focus();
      this.#resume();
    }

    async #check() {
      if (this.#found) this.#faults = this.#faultsOf(this.#found);
      if (Object.keys(this.#faults).length) this.#enter("asking");
      else if (this.#found?.kind === "activation") this.#enter("ready");
      else await this.#attempt("checking", () => this.#check(), () => this.#judge());
    }

    async #judge() {
      const key = this.#value("license_key");
      const body = { ...this.#common(), code: this.#reading.display, ...(key && { license_key: key }) };
      const { told } = await ask(this.#url("/v1/redemptions/check"), this.#texts.language, body, isCheck);
      if (!["activation", "renewal"].includes(told.kind)) throw new Error(this.#say("failed.kind"));
      this.#found = told;
      this.#needs = told.kind === "activation" ? ACTIVATION_NEEDS : RENEWAL_NEEDS;
      if (told.kind === "activation" && (!told.problem || told.problem.code === "not_a_renewal_code")) return "asking";
      if (told.problem) throw new Refused(told.problem);
      return key ? "ready" : "asking";
    }

    async #send() {
      const intent = (this.#mine ??= this.#meant());
      await this.#attempt("sending", () => this.#send(), async () => {
        this.#intents.keep(intent);
        const fits = (told, replayed) => answers(told, replayed, intent);
        const { told, replayed } = await ask(this.#url(intent.path), this.#texts.language, intent.body, fits);
        this.#forget();
        this.#told = { ...told, kind: intent.kind, replayed };
        return "done";
      });
    }

    #forget() {
      if (this.#mine) this.#intents.forget(this.#mine);
      this.#mine = null;
    }

    #meant() {
      const base = { ...this.#common(), code: this.#reading.display };
      if (this.#found?.kind !== "activation") {
        return { kind: "renewal", path: "/v1/redemptions", body: { ...base, license_key: this.#value("license_key") } };
      }
      const email = this.#value("email");
      const reminders = this.#nodes.fields.reminders.input.checked;
      const country = this.#value("country").toUpperCase();
      const customer = { name: this.#value("name"), country, reminders, ...(email && { email }) };
      return { kind: "activation", path: "/v1/activations", body: { ...base, customer } };
    }

    async #resume() {
      const open = this.#intents.all().find((one) => !claimed.has(nameOf(one)));
      if (this.#busy || this.#state !== "typing" || !open) return;
      this.#doubt = true;
      this.#mine = open;
      await this.#send();
    }

    async #attempt(state, again, work) {
      this.#again = again;
      this.#busy = true;
      this.#enter(state);
      try {
        const reached = await work();
        this.#busy = false;
        this.#enter(reached);
      } catch (error) {
        this.#busy = false;
        this.#missed(state, error);
      }
    }

    /** A refusal, or an answer that is missing. Once a doubt, always a doubt until the answer is definite. */
    #missed(state, error) {
      const sending = state === "sending";
      if (error instanceof Refused && !(this.#doubt && MAY_HELP_LATER.has(error.problem.code))) {
        if (sending) this.#forget();
        this.#told = error.problem;
        this.#enter("refused");
      } else if (error instanceof Refused || error instanceof NoAnswer) {
        this.#doubt ||= sending && (error.doubtful ?? false);
        if (sending && !this.#doubt) this.#forget();
        this.#enter(sending && this.#doubt ? "unknown" : "unreachable");
      } else {
        this.#told = { detail: error.message };
        this.#enter("failed");
      }
    }

    #faultsOf(found) {
      const mail = this.#value("email");
      const good = {
        license_key: Boolean(this.#value("license_key")),
        name: Boolean(this.#value("name")),
        country: /^[A-Za-z]{2}$/.test(this.#value("country")),
        email: !mail || /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(mail),
      };
      const wanted = found.kind === "activation" ? ACTIVATION_NEEDS : RENEWAL_NEEDS;
      const wrong = wanted.filter((name) => good[name] === false);
      return Object.fromEntries(wrong.map((name) => [name, this.#texts.say(`fault.${name}`)]));
    }

    get #intents() {
      const name = `prolong-registration ${this.#server} ${this.getAttribute("product") ?? ""}`;
      if (this.#kept?.name !== name) this.#kept = new Intents(name);
      return this.#kept;
    }

    get #server() {
      return (this.getAttribute("server") || location.origin).replace(/\/+$/, "");
    }

    #url(path) {
      return this.#server + path;
    }

    #common() {
      const version = this.getAttribute("product-version");
      return { product: (this.getAttribute("product") ?? "").trim(), ...(version && { product_version: version }) };
    }

    #value(name) {
      return this.#nodes.fields[name].input.value.trim();
    }

    /* What is shown */

    #speak() {
      const around = this.closest("[lang]")?.lang || navigator.language;
      this.#texts = new Sentences(this.getAttribute("language") || around);
      const { heading, code, fields, form, waiting } = this.#nodes;
      const say = (name) => this.#texts.say(name);
      form.lang = this.#texts.language;
      heading.textContent = say("title");
      waiting.setAttribute("aria-label", say("sending.title"));
      for (const [name, field] of Object.entries({ code, ...fields })) {
        field.label.textContent = say(name);
        const hint = `${name}_hint`;
        if (field.hint) field.hint.textContent = this.#texts.texts.sentences[hint] ? say(hint) : "";
      }
      this.#show();
    }

    #enter(state) {
      const before = this.#state;
      this.#state = state;
      this.#show();
      if (state !== before) this.#moved(state);
      if (state === "asking") this.#focusFirst();
    }

    #moved(state) {
      if (state === "done") {
        const { id, product, edition, seats, expires_on } = this.#told.license;
        const { kind, replayed } = this.#told;
        this.#internals.setFormValue(id ?? "");
        const license = { id, product, edition, seats, expires_on };
        this.#emit("prolong-done", { kind, replayed, expires_on: this.#lastDay(), license });
      } else if (state === "refused") {
        const { code, status, request_id } = this.#told;
        this.#emit("prolong-refused", { code, status, request_id });
      }
    }

    #emit(name, detail) {
      this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
    }

    #focusFirst() {
      const names = Object.keys(this.#faults);
      const first = names[0] ?? this.#needs.find((name) => name !== "reminders" && !this.#value(name));
      const active = this.#root.activeElement;
      // Whoever has pressed the button or Enter goes on where more is asked for; whoever is typing stays there.
      const pressed = [this.#nodes.button, this.#nodes.code.input].includes(active);
      if (first && (names.length || pressed)) this.#nodes.fields[first].input.focus();
    }

    #show() {
      if (!this.#texts) return;
      const view = this.#view();
      const { message, waiting, button, code, fields } = this.#nodes;
      const still = this.#busy || this.matches(":disabled");
      this.#tell(message, view);
      waiting.hidden = !this.#busy;
      button.textContent = view.action || this.#texts.say("check");
      button.setAttribute("aria-disabled", String(still || !view.action));
      code.input.readOnly = still || this.#state === "unknown";
      this.#describe(code, "code", this.#state === "mistyped" ? view.advice : "");
      for (const [name, field] of Object.entries(fields)) {
        field.row.hidden = !this.#needs.includes(name) || this.#state === "done";
        if (field.fault) this.#describe(field, name, this.#faults[name] ?? "");
        field.input.toggleAttribute("disabled", still && field.input.type === "checkbox");
        field.input.readOnly = still || this.#state === "unknown";
      }
      this.#mark();
    }

    #describe({ input, hint, fault }, name, words) {
      input.setAttribute("aria-invalid", String(Boolean(words)));
      const told = name === "code" ? "" : words;
      fault.textContent = told;
      fault.hidden = !told;
      hint.hidden = !hint.textContent;
      const told_by = [told && fault.id, name === "code" && words && "message", hint.textContent && hint.id];
      input.setAttribute("aria-describedby", told_by.filter(Boolean).join(" "));
      if (name !== "email" && name !== "code") input.setAttribute("aria-required", "true");
    }

    /** Custom states for style sheets, `:state(done)`, and validity for a surrounding form. */
    #mark() {
      try {
        this.#internals.states?.clear();
        this.#internals.states?.add(this.#state);
      } catch {
        // Before CSS states had their present spelling, browsers refused names without dashes.
      }
      const missing = this.hasAttribute("required") && this.#state !== "done";
      const { input } = this.#nodes.code;
      this.#internals.setValidity(missing ? { valueMissing: true } : {}, missing ? this.#texts.say("typing.title") : "", input);
    }

    #tell(message, view) {
      const words = [view.title, view.text, view.advice].filter(Boolean);
      const told = JSON.stringify([this.#state, words, view.links, view.contact]);
      // Said once: a live region that is written again unchanged would be read out again.
      if (message.dataset.told === told) return;
      message.dataset.told = told;
      message.className = `message ${this.#state}`;
      const [first, ...rest] = words.map((text) => element("p", { textContent: text }));
      first.className = "headline";
      const links = (view.links ?? []).map(([label, href]) =>
        element("p", {}, element("a", { href, textContent: label, target: "_blank", rel: "noopener noreferrer" })),
      );
      message.replaceChildren(first, ...rest, ...links, ...this.#contact(view));
    }

    #contact({ contact = [], request }) {
      const lines = contact.map((line) => element("li", {}, this.#reachable(line)));
      const known = lines.length ? [element("p", { textContent: `${this.#texts.say("contact")}:` }), element("ul", {}, ...lines)] : [];
      const number = request && element("p", { className: "request", textContent: `${this.#texts.say("request")}: ${request}` });
      return number ? [...known, number] : known;
    }

    #reachable(line) {
      const address = webAddress(line);
      if (address) return element("a", { href: address, textContent: line, target: "_blank", rel: "noopener noreferrer" });
      if (/^[^@\s]+@[^@\s]+$/.test(line)) return element("a", { href: `mailto:${line}`, textContent: line });
      if (/^\+[\d ()-]+$/.test(line)) return element("a", { href: `tel:${line.replace(/[^\d+]/g, "")}`, textContent: line });
      return line;
    }

    #view() {
      const named = { mistyped: this.#mistyped, asking: this.#asking, ready: this.#ready, done: this.#done };
      const views = { ...named, refused: this.#refused, failed: this.#failed };
      return (views[this.#state] ?? this.#plain).call(this);
    }

    #say(name, facts) {
      return this.#texts.say(name, facts);
    }

    #plain() {
      const state = this.#state;
      const title = this.#say(`${state}.title`);
      const missing = SYMBOLS - this.#reading.symbols.length;
      const text = state === "unknown" || state === "unreachable" ? this.#say(`${state}.text`) : "";
      const actions = { complete: "check", unknown: "again", unreachable: "again" };
      const action = actions[state] && this.#say(actions[state]);
      return { title, text, advice: this.#say(`${state}.next`, { missing }), action };
    }

    #mistyped() {
      const { hint, group } = this.#reading;
      return { title: this.#say("mistyped.title"), advice: this.#say(`mistyped.${hint}`, { group: (group ?? -1) + 1 }) };
    }

    #asking() {
      const { kind, seats, period_years } = this.#found;
      const title = this.#say(`asking.${kind}.title`, { period: this.#texts.years(period_years), seats });
      return { title, advice: this.#say(`asking.${kind}.next`), action: this.#say("continue") };
    }

    #ready() {
      const found = this.#found;
      const replay = found.kind === "renewal" && found.expires_on && found.expires_on === found.expires_on_after;
      const name = `ready.${replay ? "replay" : found.kind}`;
      const facts = { ...found, period: this.#texts.years(found.period_years) };
      const [title, text, advice] = ["title", "text", "next"].map((part) => this.#say(`${name}.${part}`, facts));
      const action = replay ? "continue" : found.kind === "activation" ? "activate" : "renew";
      return { title, text, advice, action: this.#say(action) };
    }

    #failed() {
      const [title, text, advice] = ["title", "text", "next"].map((part) => this.#say(`failed.${part}`, this.#told));
      return { title, text, advice, action: this.#say("again") };
    }

    #lastDay() {
      return this.#told.license.expires_on;
    }

    #done() {
      const { kind, replayed, license, previous_expires_on } = this.#told;
      const head = replayed ? { renewal: "replay", activation: "again" }[kind] : kind;
      const said = head === "again" ? head : kind;
      const facts = { license_key: license.license_key, expires_on: this.#lastDay(), previous_expires_on };
      const [title, text] = [`done.${head}.title`, `done.${said}.text`].map((name) => this.#say(name, facts));
      return { title, text, advice: this.#say(`done.${kind}.next`), action: this.#say("another") };
    }

    #refused() {
      const problem = this.#told;
      const [title, text, advice] = this.#texts.refusal(problem);
      const pages = [["link.buy", problem.where_to_buy], ["link.download", problem.download_url]];
      const links = pages.filter(([, url]) => webAddress(url)).map(([name, url]) => [this.#say(name), url]);
      const support = isObject(problem.support) ? problem.support : {};
      const contact = ["name", "phone", "email", "url"].map((name) => support[name]).filter((line) => typeof line === "string" && line);
      const action = this.#say(MAY_HELP_LATER.has(problem.code) ? "again" : "another");
      return { title, text, advice, action, links, contact, request: problem.request_id };
    }
  }

  if (!customElements.get("prolong-registration")) customElements.define("prolong-registration", ProlongRegistration);
})();
