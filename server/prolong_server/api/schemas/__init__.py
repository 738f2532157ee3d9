"""The forms of requests and answers (marshmallow), shared by the doors."""
