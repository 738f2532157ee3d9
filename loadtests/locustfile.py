"""What `locust -f loadtests/locustfile.py` runs: the users of every journey."""

from loadtests.redeemer import Redeemer

__all__ = ["Redeemer"]
