"""Load tests by locust: one file a journey. They run in an environment of their own (see README.md)."""
