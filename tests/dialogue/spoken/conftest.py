"""Properties are judged by their results: on a busy machine a single example may take long."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
