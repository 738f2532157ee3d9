"""What every refusal is, and the five families of them."""

from typing import ClassVar


class Refusal(Exception):
    """A decision that the caller can read, in a class of its own.

    `fields` are facts for the answer (dates, counts, versions): never a code, a key, a token or a person.
    `country` says whose representative helps (R13; None: the vendor's own), `where_to_buy` is the address of a shop.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str]
    solved_by_purchase: ClassVar[bool] = False

    def __init__(self, **fields: object) -> None:
        super().__init__(self.code)
        self.fields = fields
        self.country: str | None = None
        self.where_to_buy: str | None = None

    @property
    def message(self) -> str:
        """The English sentence whose `{names}` are to be filled, chosen by the facts of this refusal."""
        return self.sentence


class RedemptionRefusal(Refusal):
    """A code, a license or a form that does not fit the rules R1–R19."""


class ChannelRefusal(Refusal):
    """An order, a price list or an account that does not allow what was asked."""


class ModuleRefusal(Refusal):
    """A Module, a license file or a request to move licenses that does not fit the rules M1–M11."""


class AccessRefusal(Refusal):
    """A caller who may not do this."""


class RequestRefusal(Refusal):
    """A request that cannot be understood, names nothing known, or must wait."""
