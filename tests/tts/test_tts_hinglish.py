# ruff: noqa: E501 - a table of words, a row of them a line
"""Hinglish as it sounds: measured by the phonemes that espeak's Hindi voice makes of it."""

import ctypes

import espeakng_loader
import pytest

from callagent.content.hindi_numbers import DEVANAGARI, LATIN
from callagent.content.hinglish import respelled
from callagent.content.hinglish_words import EITHER, HINDI
from callagent.dialogue.spoken import say_value
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


@pytest.mark.parametrize(
    ("hinglish", "hindi"),
    [
        ("Namaste, Sharma Electricals mein aapka swaagat hai.", "नमस्ते, Sharma Electricals में आपका स्वागत है."),
        ("Abhi dukaan band hai, par main phir bhi aapki madad kar sakti hoon.", "अभी दुकान बंद है, पर मैं फिर भी आपकी मदद कर सकती हूँ."),
        ("Aap rate, order status, dukaan ka time, warranty, ya counter bol sakte hain.", "आप rate, order status, दुकान का time, warranty, या counter बोल सकते हैं."),
        ("Bataiye, kya chahiye?", "बताइए, क्या चाहिए?"),
        ("Maaf kijiye, samajh nahi aaya.", "माफ़ कीजिए, समझ नहीं आया."),
        ("Rate ke liye bas boliye, rate.", "Rate के लिए बस बोलिए, rate."),
        ("Koi button dabaiye.", "कोई button दबाइए."),
        ("Kaun si bhaasha mein baat karein? English, Hinglish, ya Hindi?", "कौन सी भाषा में बात करें? English, हिंग्लिश, या हिंदी?"),
        ("English ke liye ek dabaiye, Hindi ke liye teen.", "English के लिए एक दबाइए, हिंदी के लिए तीन."),
        ("Kis cheez ka rate chahiye?", "किस चीज़ का rate चाहिए?"),
        ("Jaise, ceiling fan, tube light, ya sixteen amp socket.", "जैसे, ceiling fan, tube light, या sixteen amp socket."),
        ("Ceiling fan do hazaar chaar sau unchaas rupaye ka ek piece hai, sab tax mila kar.", "Ceiling fan दो हज़ार चार सौ उनचास रुपये का एक piece है, सब tax मिला कर."),
        ("Wire assi rupaye ka ek meter hai, sab tax mila kar.", "Wire अस्सी रुपये का एक meter है, सब tax मिला कर."),
        ("Abhi dukaan mein bees hain, aap aakar le sakte hain.", "अभी दुकान में बीस हैं, आप आकर ले सकते हैं."),
        ("Maaf kijiye, aaj stock mein nahi hai.", "माफ़ कीजिए, आज stock में नहीं है."),
        ("Abhi rate list nahi khul rahi, aur main andaaze se nahi bataungi.", "अभी rate list नहीं खुल रही, और मैं अंदाज़े से नहीं बताऊँगी."),
        ("Apna order number boliye ya dabaiye.", "अपना order number बोलिए या दबाइए."),
        ("Chaar se aath ank hote hain.", "चार से आठ अंक होते हैं."),
        ("Ek ek karke boliye, jaise, four five one two seven.", "एक एक करके बोलिए, जैसे, four five one two seven."),
        ("Order number dabaiye, aur aakhir mein hash.", "Order number दबाइए, और आख़िर में hash."),
        ("Ummeed hai somvaar ko pahunch jaayega.", "उम्मीद है सोमवार को पहुँच जाएगा."),
        ("Bill ek baar phir dekhiye, aur dobara boliye.", "Bill एक बार फिर देखिए, और दोबारा बोलिए."),
        ("Dukaan subah saadhe nau baje se raat aath baje tak khuli rehti hai.", "दुकान सुबह साढ़े नौ बजे से रात आठ बजे तक खुली रहती है."),
        ("Agar itna hi tha, to boliye, bas.", "अगर इतना ही था, तो बोलिए, बस."),
        ("Aapne kab kharida tha?", "आपने कब ख़रीदा था?"),
        ("Jaise, das March, ya do saal pehle.", "जैसे, दस March, या दो साल पहले."),
        ("Aapke mixer ki warranty das March tak hai.", "आपके mixer की warranty दस March तक है."),
        ("Claim ke liye bill ke saath dukaan par le aaiye.", "Claim के लिए bill के साथ दुकान पर ले आइए."),
        ("Warranty das March ko khatam ho gayi.", "Warranty दस March को ख़त्म हो गई."),
        ("Ginti dabaiye.", "गिनती दबाइए."),
        ("Pachaas bulb ka total ek lakh pacchees hazaar rupaye hoga.", "पचास bulb का total एक लाख पच्चीस हज़ार रुपये होगा."),
        ("Jagah ka PIN code kya hai?", "जगह का पिन code क्या है?"),
        ("Hum teen din mein bhejte hain, dhaai sau rupaye lagte hain.", "हम तीन दिन में भेजते हैं, ढाई सौ रुपये लगते हैं."),
        ("Bina istemaal kiya saamaan saat din mein wapas ho jaata hai.", "बिना इस्तेमाल किया सामान सात दिन में वापस हो जाता है."),
        ("Main aapko aise vyakti se jodti hoon jo theek kar sake.", "मैं आपको ऐसे व्यक्ति से जोड़ती हूँ जो ठीक कर सके."),
        ("Abhi counter par koi nahi hai.", "अभी counter पर कोई नहीं है."),
        ("Aapki aawaaz theek se nahi aa rahi.", "आपकी आवाज़ ठीक से नहीं आ रही."),
        ("Sharma Electricals ko phone karne ka shukriya.", "Sharma Electricals को phone करने का शुक्रिया."),
        ("Rating sixteen amp hai. Rang white hai.", "Rating sixteen amp है. रंग white है."),
        ("Inmein se kaun sa? Baat beech mein kat gayi thi.", "इनमें से कौन सा? बात बीच में कट गई थी."),
    ],
)  # fmt: skip
def test_whole_sentences(espeak: ctypes.CDLL, hinglish: str, hindi: str) -> None:
    """What the shop says in Hinglish sounds like its Hindi, and English words in it stay English."""
    assert phonemes(espeak, " ".join(respelled(hinglish.split()))) == phonemes(espeak, hindi)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("2449", "rupees"), ("125000", "rupees"), ("250", "rupees"), ("1500", "rupees"), ("1849.00", "rupees"),
        ("99.50", "rupees"), ("10", "number"), ("09:30", "time"), ("20:15", "time"), ("P2Y", "duration"),
        ("P6M", "duration"), ("P10D", "duration"), ("50", "number"), ("365", "number"),
    ],
)  # fmt: skip
def test_values_sound_the_same_in_both(espeak: ctypes.CDLL, value: str, form: str) -> None:
    """Prices, counts, times and periods that Hinglish says in Hindi have the sound of the Hindi."""
    written = say_value(value, form, "hinglish")

    assert phonemes(espeak, " ".join(respelled(written.split()))) == phonemes(espeak, say_value(value, form, "hi"))


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
