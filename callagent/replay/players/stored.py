"""What a server could say without any voice: its stored prompts, as if it had been warmed up."""

from collections.abc import Sequence

from callagent.call.services import Services
from callagent.call.stages.speak import STORED
from callagent.call.stored import StoredPrompt, StoredPrompts
from callagent.dialogue.standing import LOOKING_UP, ONE_MOMENT, OUT_OF_ORDER
from callagent.events import AgentSaid, Event, SpeechReady
from callagent.flow_dialogue import FlowDialogue
from callagent.replay.faults import Fault
from callagent.replay.players.voice import RecordedVoice
from callagent.tts.synthesizer import Speech


def stored_for(services: Services, today: Services, events: Sequence[Event], faults: Sequence[Fault]) -> StoredPrompts:
    """Those of today; where there are none but the replay may need some, each as long as the voice would take."""
    dialogue, voice = today.dialogue, services.synthesizer
    if not isinstance(dialogue, FlowDialogue) or not isinstance(voice, RecordedVoice):
        return today.stored
    if today.stored.find(dialogue.language, OUT_OF_ORDER) is not None or not (faults or any(map(_is_stored, events))):
        return today.stored
    stored = StoredPrompts()
    for language in dialogue.flow.languages:
        prompts: dict[str, list[StoredPrompt]] = {}
        for line, text in dialogue.flow.fixed_wordings(language):
            speech = Speech(text, language, services.voice_for(language, "business"))
            prompts.setdefault(line, []).append(StoredPrompt(line, text, voice.sound_of(speech)))
        for line, wordings in prompts.items():
            stored.keep(language, line, wordings)
    return stored


def _is_stored(event: Event) -> bool:
    """Whether it tells that the recorded server had some."""
    if isinstance(event, SpeechReady):
        return event.provider == STORED
    return isinstance(event, AgentSaid) and event.line in (ONE_MOMENT, LOOKING_UP)
