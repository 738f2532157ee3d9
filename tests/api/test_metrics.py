"""The numbers for Prometheus stay few, whatever callers send."""

from flask import Flask


def test_methods_that_callers_make_up_are_counted_together(app: Flask):
    client = app.test_client()
    for number in range(5):
        client.open("/healthz", method=f"BREW{number}")
    told = client.get("/metrics", headers={"Authorization": "Bearer metrics-token-of-the-tests"}).text
    assert "BREW" not in told
    assert 'prolong_requests_total{method="other",route="unknown",status="405"}' in told
