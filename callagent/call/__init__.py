"""One live call, from answer to hang-up."""

from loguru import logger

# pipecat prints a banner when it is imported, and logs frames, which hold what callers say. Its errors reach us as
# exceptions and frames; so its log is switched off before any module of this room imports it.
logger.disable("pipecat")
