"""The three interruptible stages of a call: TRANSCRIBE, DIALOGUE, SPEAK.

Each is a processor of one pipecat pipeline. pipecat's interruption cancels what a stage is doing and drops what waits
for it; a cancelled stage is not a failed one, so nothing is counted against a provider. The stages know the call only
as a `Desk`: the few things they must tell it.
"""
