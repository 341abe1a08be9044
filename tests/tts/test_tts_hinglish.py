# ruff: noqa: E501 - a table of words, a row of them a line
"""Hinglish as it sounds: measured by the phonemes that espeak's Hindi voice makes of it."""

import ctypes

import espeakng_loader
import pytest

from callagent.content.hindi_numbers import DEVANAGARI, LATIN
from callagent.content.hinglish import respelled
from callagent.content.hinglish_words import EITHER, HINDI
from callagent.dialogue.spoken.say_numbers import below_hundred


@pytest.fixture(scope="module")
def espeak() -> ctypes.CDLL:
    """The library, with its Hindi voice."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0x8000)
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    assert library.espeak_SetVoiceByName(b"hi") == 0
    return library


def phonemes(espeak: ctypes.CDLL, text: str) -> str:
    """In IPA; English stretches are between (en) and (hi)."""
    left, found = ctypes.c_char_p(text.encode()), []
    while left.value is not None:
        found.append((espeak.espeak_TextToPhonemes(ctypes.byref(left), 1, 2) or b"").decode())
    return " ".join(found)


@pytest.mark.parametrize(
    ("hinglish", "hindi"),
    [
        ("aap", "आप"), ("kya", "क्या"), ("hain?", "हैं?"), ("(ji)", "(जी)"), ("haan-ji", "हाँ-जी"), ("dobara", "दोबारा"),
        ("swaagat", "स्वागत"), ("abhi", "अभी"), ("bataungi", "बताऊँगी"), ("bataoongi", "बताऊँगी"), ("saamaan", "सामान"),
        ("pareshaani", "परेशानी"), ("kharida", "ख़रीदा"), ("pahunch jaayega", "पहुँच जाएगा"), ("jodti hoon", "जोड़ती हूँ"),
        ("taareekh", "तारीख़"), ("istemaal", "इस्तेमाल"), ("maalik", "मालिक"), ("aawaaz", "आवाज़"), ("dheere", "धीरे"),
        ("savaa lakh", "सवा लाख"), ("dhaai sau", "ढाई सौ"), ("saadhe das baje", "साढ़े दस बजे"), ("paune teen", "पौने तीन"),
        ("dedh hazaar", "डेढ़ हज़ार"), ("do hazaar", "दो हज़ार"), ("saath rupaye", "साठ रुपये"), ("do sau saath", "दो सौ साठ"),
        ("bill ke saath", "bill के साथ"), ("saat saath", "सात साठ"), ("mere saath", "मेरे साथ"), ("kal subah", "कल सुबह"),
        ("main bol rahi hoon", "मैं बोल रही हूँ"), ("Main Bazaar Road", "Main बाज़ार Road"), ("counter par", "counter पर"),
        ("rehte hain to", "रहते हैं तो"), ("I want to do it", "I want to do it"), ("Hi, kaise ho", "Hi, कैसे हो"),
        ("itna hi tha", "इतना ही था"), ("aap kahan the?", "आप कहाँ थे?"), ("is order ka", "is order का"), ("is ka", "इस का"),
        ("ceiling fan,", "ceiling fan,"), ("order status", "order status"), ("sixteen amp socket", "sixteen amp socket"),
        ("warranty", "warranty"), ("quotation SMS", "quotation SMS"), ("PIN code", "पिन code"), ("LED bulb", "एलईडी bulb"),
        ("1,249", "1,249"), ("?!", "?!"), ("post office", "post office"), ("ghar bhej", "घर भेज"), ("Monday se", "Monday से"),
        ("bade pankhe", "बड़े पंखे"), ("chhat wala", "छत वाला"), ("theek karo", "ठीक करो"), ("nahi chalta", "नहीं चलता"),
        ("kitne ka hai", "कितने का है"), ("order kahan hai", "order कहाँ है"), ("shaam tak", "शाम तक"),
    ],
)  # fmt: skip
def test_hindi_sounds_hindi_and_english_english(espeak: ctypes.CDLL, hinglish: str, hindi: str) -> None:
    """The respelled text has the very phonemes of the right spelling."""
    assert phonemes(espeak, " ".join(respelled(hinglish.split()))) == phonemes(espeak, hindi)


def test_every_number_that_is_said_is_hindi(espeak: ctypes.CDLL) -> None:
    """From 0 to 99, before a unit, as Hinglish writes them: no English sound, and the sound of the Hindi word."""
    for value, scripts in enumerate(DEVANAGARI):
        written = f"{below_hundred(value, 'hinglish')} rupaye"

        assert phonemes(espeak, " ".join(respelled(written.split()))) == phonemes(espeak, f"{scripts[0]} रुपये")


def test_the_lists_are_all_latin_to_devanagari() -> None:
    """No slip of the keyboard in them."""
    for words in (HINDI, EITHER):
        assert all(latin.isascii() and latin.isalpha() and latin.islower() for latin in words)
        assert all("\u0900" <= letter <= "\u097f" for hindi in words.values() for letter in hindi)
    assert len(LATIN) == len(DEVANAGARI) == 100
