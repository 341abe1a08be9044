"""The words of money, measures and days in three languages, as data.

They stand as `wording_of` gives them: lower case, without punctuation, "we'll" as "we will", "16A" as "16 amp".
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_MONEY = "rupee rupees rs inr re rupaye rupaya rupay rupye rupya rupe rupiya rupaiya rupiye paise paisa paisey dollar \
dollars bucks रुपये रुपए रुपया रुपय रुपयों रु रुपे पैसे पैसा"

_PAISE = "paise paisa paisey पैसे पैसा"

MONEY: Final = frozenset(_MONEY.split())

PAISE: Final = frozenset(_PAISE.split())

_UNITS = """
amp: amp amps ampere amperes एम्पियर एंपियर
watt: watt watts वाट
kilowatt: kw kilowatt kilowatts
volt: volt volts वोल्ट
hp: hp horsepower
mm: mm millimetre millimetres millimeter millimeters एमएम
cm: cm centimetre centimetres centimeter centimeters
inch: inch inches इंच
foot: foot feet ft फुट
metre: metre metres meter meters mtr मीटर
kg: kg kgs kilo kilos kilogram kilograms किलो
gram: gram grams
litre: litre litres liter liters ltr लीटर
ml: ml millilitre millilitres
rpm: rpm
hertz: hz hertz
degree: degree degrees celsius
star: star stars स्टार
percent: percent pratishat fisadi फीसदी प्रतिशत
year: year years yr yrs saal sal varsh साल वर्ष सालों
month: month months mahina mahine maheene mahino महीना महीने महीनों
week: week weeks fortnight hafta hafte हफ्ता हफ्ते
day: day days din dino dinon दिन दिनों
hour: hour hours hrs ghanta ghante ghanton घंटा घंटे घंटों
minute: minute minutes mins minat मिनट
piece: piece pieces pcs pc unit units nag coil coils box boxes packet packets set sets roll rolls bundle bundles peti \
pair pairs left remaining bache bacha पीस नग कॉइल डिब्बा डिब्बे पैकेट
"""

UNITS: Final[Mapping[str, str]] = {
    word: row.split(":")[0]
    for row in _UNITS.strip().replace("\\\n", " ").splitlines()
    for word in row.partition(":")[2].split()
}
"""A unit's words to its name."""

BETWEEN: Final = frozenset(
    {"sq", "square", "more", "ka", "ki", "ke", "का", "की", "के", "of", "only", "sirf", "good", "full"}
)
"""Words that may stand between a number and its unit."""

_COLOURS = """
white: white safed saphed safaid सफेद व्हाइट
black: black kala kaala kale kaale kali kaali काला काले काली ब्लैक
brown: brown bhura bhoora bhure bhuri भूरा भूरे भूरी कत्थई ब्राउन
blue: blue neela nila neele neeli नीला नीले नीली ब्लू
red: red laal lal लाल रेड
green: green hara hare hari हरा हरे हरी ग्रीन
grey: grey gray sleti slety स्लेटी ग्रे
yellow: yellow peela pila peele peeli पीला पीले पीली येलो
ivory: ivory आइवरी
golden: golden gold sunehra sunahra sunehri सुनहरा सुनहरे सुनहरी गोल्डन
silver: silver rupehla चांदी रुपहला सिल्वर
pink: pink gulabi गुलाबी पिंक
orange: orange narangi नारंगी ऑरेंज
purple: purple baingani jamuni बैंगनी जामुनी
cream: cream क्रीम
beige: beige
"""
COLOURS: Final[Mapping[str, str]] = {
    word: row.split(":")[0] for row in _COLOURS.strip().splitlines() for word in row.partition(":")[2].split()
}
"""A colour's words to its name in the tables."""

_DAYS = """
0: monday mondays mon somvaar somwar somvar सोमवार
1: tuesday tuesdays tue tues mangalvaar mangalwar mangalvar मंगलवार
2: wednesday wednesdays wed budhvaar budhwar budhvar बुधवार
3: thursday thursdays thu thurs guruvaar guruwar guruvar brihaspativar veervar गुरुवार बृहस्पतिवार
4: friday fridays fri shukravaar shukrawar shukravar shukrvar शुक्रवार
5: saturday saturdays shanivaar shaniwar shanivar शनिवार
6: sunday sundays ravivaar raviwar ravivar itwaar itvaar itwar रविवार इतवार
"""

_MONTHS = """
1: january jan janvari जनवरी
2: february feb farvari farwari फरवरी
3: march मार्च
4: april apr अप्रैल
5: may mai मई
6: june jun जून
7: july jul julai जुलाई
8: august aug agast अगस्त
9: september sept sep sitambar सितंबर सितम्बर
10: october oct aktubar अक्टूबर
11: november nov navambar नवंबर नवम्बर
12: december dec disambar दिसंबर दिसम्बर
"""


def _numbered(table: str) -> dict[str, int]:
    rows = (row.split(":") for row in table.strip().splitlines())
    return {word: int(number) for number, words in rows for word in words.split()}


WEEKDAYS: Final[Mapping[str, int]] = _numbered(_DAYS)
"""Monday is 0."""

MONTHS: Final[Mapping[str, int]] = _numbered(_MONTHS)

WEAK_MONTHS: Final = frozenset({"may", "march", "mai"})
"""Months only beside a day's number or "in"."""

NEAR: Final[Mapping[str, tuple[int, ...]]] = {
    **dict.fromkeys(("tomorrow", "tmrw", "tomorow"), (1,)),
    **dict.fromkeys(("yesterday",), (-1,)),
    **dict.fromkeys(("kal", "कल"), (1, -1)),
    **dict.fromkeys(("parson", "parso", "परसों"), (2, -2)),
    **dict.fromkeys(("tonight", "today", "aaj", "आज"), (0,)),
}
"""Days from today."""

HARMLESS_NEAR: Final = frozenset({"today", "aaj", "आज"})
"""Say a date only together with something that is claimed of it."""


def phrases(text: str) -> re.Pattern[str]:
    """One phrase in a line, a regular expression each; a line that is indented goes on with the one before."""
    text = unicodedata.normalize("NFKC", text.replace("\n    ", "")).replace("\u093c", "").replace("\u0901", "\u0902")
    return re.compile(" (?:" + "|".join(phrase.strip() for phrase in text.strip().splitlines()) + ")(?= |$)")
