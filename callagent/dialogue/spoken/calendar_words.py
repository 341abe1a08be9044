"""The words for days, months and near dates, and how callers say them."""

from collections.abc import Mapping
from typing import Final

from callagent.dialogue.spoken.languages import Texts
from callagent.dialogue.spoken.lexicon import folded, folds, listed

WEEKDAYS: Final[tuple[Texts, ...]] = (
    ("Monday", "सोमवार", "Monday"),
    ("Tuesday", "मंगलवार", "Tuesday"),
    ("Wednesday", "बुधवार", "Wednesday"),
    ("Thursday", "गुरुवार", "Thursday"),
    ("Friday", "शुक्रवार", "Friday"),
    ("Saturday", "शनिवार", "Saturday"),
    ("Sunday", "रविवार", "Sunday"),
)
"""Monday is the first. In Hinglish days and months are English, as people say them."""

MONTHS: Final[tuple[Texts, ...]] = (
    ("January", "जनवरी", "January"),
    ("February", "फ़रवरी", "February"),
    ("March", "मार्च", "March"),
    ("April", "अप्रैल", "April"),
    ("May", "मई", "May"),
    ("June", "जून", "June"),
    ("July", "जुलाई", "July"),
    ("August", "अगस्त", "August"),
    ("September", "सितंबर", "September"),
    ("October", "अक्टूबर", "October"),
    ("November", "नवंबर", "November"),
    ("December", "दिसंबर", "December"),
)

_WEEKDAYS_HEARD: Final = (
    "mon mondays somvaar somwar मंडे सोम",
    "tue tues tuesdays mangalvaar mangalwar मंगल ट्यूज़डे",
    "wed weds wednesdays budhvaar budhwar बुध वेडनेसडे",
    "thu thur thurs thursdays guruvaar guruwar veervaar virwar brihaspativaar गुरूवार वीरवार बृहस्पतिवार थर्सडे",
    "fri fridays shukravaar shukrawar shukrvaar shukarvar jumma शुक्र फ्राइडे",
    "saturdays shanivaar shaniwar shanichar शनि शनिचर सैटरडे",
    "sundays ravivaar raviwar itvaar itwaar aitvaar इतवार संडे",
)
_MONTHS_HEARD: Final = (
    "jan janvari january janwari",
    "feb farvari farwari फरवरी फेब्रुअरी",
    "mar",
    "apr aprail april",
    "mai",
    "jun joon",
    "jul julai",
    "aug agast",
    "sep sept sitambar sitamber सितम्बर सेप्टेंबर",
    "oct aktubar aktoobar october अक्तूबर ऑक्टोबर",
    "nov navambar nawambar नवम्बर",
    "dec disambar disamber दिसम्बर डिसेंबर",
)


def _heard(said: tuple[Texts, ...], heard: tuple[str, ...]) -> Mapping[str, int]:
    return {
        folded(way.casefold()): index
        for index, (texts, ways) in enumerate(zip(said, heard, strict=True))
        for way in (*texts, *ways.split())
    }


WEEKDAY_OF: Final = _heard(WEEKDAYS, _WEEKDAYS_HEARD)
"""Folded word to weekday; Monday is 0."""
MONTH_OF: Final = {word: month + 1 for word, month in _heard(MONTHS, _MONTHS_HEARD).items()}
"""Folded word to month; January is 1."""

NEAR: Final[Mapping[int, Texts]] = {
    -2: ("the day before yesterday", "परसों", "parson"),
    -1: ("yesterday", "कल", "kal"),
    0: ("today", "आज", "aaj"),
    1: ("tomorrow", "कल", "kal"),
    2: ("the day after tomorrow", "परसों", "parson"),
}
"""Days from today. Hindi has one word for both sides; the weekday that is said with it tells them apart."""

NEAR_HEARD: Final[Mapping[tuple[str, ...], tuple[int, ...]]] = {
    tuple(folded(word) for word in words.split()): days
    for words, days in {
        "day before yesterday": (-2,),
        "the day before yesterday": (-2,),
        "the day after tomorrow": (2,),
        "yesterday": (-1,),
        "today": (0,),
        "tonight": (0,),
        "tomorrow": (1,),
        "tomorow": (1,),
        "day after tomorrow": (2,),
        "aaj": (0,),
        "आज": (0,),
        "kal": (1, -1),
        "कल": (1, -1),
        "aane wale kal": (1,),
        "आने वाले कल": (1,),
        "beete kal": (-1,),
        "बीते कल": (-1,),
        "parson": (2, -2),
        "parso": (2, -2),
        "parsoon": (2, -2),
        "परसों": (2, -2),
        "narson": (3, -3),
        "tarson": (3, -3),
        "नरसों": (3, -3),
        "तरसों": (3, -3),
    }.items()
}
"""Folded words to the days from today that they may mean."""

LAST: Final = folds("last previous past pichhle pichle pichhli gaye guzre पिछले पिछली गए बीते")
NEXT: Final = folds("next coming agle agli aane aanewale अगले अगली आने")
THIS: Final = folds("this is isi iss current इस इसी")
AGO: Final = folds("ago back before pehle pahle purana purani पहले पूर्व पुराना पुरानी")
LATER: Final = folds("later after baad bad mein me बाद में")
PAST_VERBS: Final = listed(
    "tha thi liya li liye kharida khareeda kharidi mangaya aaya aayi diya kiya hua hui bought came was did purchased "
    "था थी थे लिया ली खरीदा ख़रीदा मंगाया आया आई दिया किया हुआ हुई"
)
FUTURE_VERBS: Final = listed(
    "aaunga aaungi aayega aayenge lunga lungi loonga chahiye hoga hogi milega milegi bhejo karo will can need "
    "आऊँगा आऊंगा आऊँगी आएगा आएंगे लूँगा लूंगा चाहिए होगा होगी मिलेगा मिलेगी भेजो"
)
FILLERS: Final = listed(
    "the of on ko ki ke ka wale waale wali waala mein me tareekh tarikh taarikh date din s yani yaani "
    "को की के का वाले वाली में तारीख तारीख़ दिन यानी"
)
"""Words between the pieces of a date."""
DAY_WORD: Final = folds("tareekh tarikh taarikh date तारीख तारीख़")
FIRST_WORDS: Final = folds("pehli pahli पहली")
