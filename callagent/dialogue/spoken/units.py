"""Units of measure, of sale and of time: how each is said, and how callers say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from callagent.dialogue.spoken.languages import Language, Texts, pick
from callagent.dialogue.spoken.lexicon import folded


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that is counted."""

    name: str
    one: Texts
    many: Texts
    heard: tuple[tuple[str, ...], ...]
    """All ways to say or write it, as words."""

    def said(self, language: Language, *, one: bool) -> str:
        """Its name beside a number."""
        return pick(self.one if one else self.many, language)


_MEASURES: Final = """
sq mm    | square millimetre, square millimetres | वर्ग मिलीमीटर | square mm | sqmm, square m m, स्क्वायर एमएम
sq ft    | square foot, square feet     | वर्ग फ़ुट    | square foot    | sq feet, square ft, sqft, स्क्वायर फुट
mm       | millimetre, millimetres      | मिलीमीटर   | mm             | m m, millimeter, millimeters, एमएम, एम एम, मिमी
cm       | centimetre, centimetres      | सेंटीमीटर   | centimetre     | c m, centimeter, centimeters, सेमी
metre    | metre, metres                | मीटर       | meter          | m, mtr, mtrs, meters, meeter
km       | kilometre, kilometres        | किलोमीटर   | kilometre      | k m, kilometer, kilometers
inch     | inch, inches                 | इंच        | inch           | soot, soota
foot     | foot, feet                   | फ़ुट        | foot           | ft, fit, फीट, फ़ीट
watt     | watt, watts                  | वॉट        | watt           | w, vatt, वाट
kilowatt | kilowatt, kilowatts          | किलोवॉट    | kilowatt       | kw, k w, kilo watt, किलोवाट
volt     | volt, volts                  | वोल्ट       | volt           | v
ampere   | ampere, amperes              | एम्पियर     | ampere         | a, amp, amps, ampier, एंपियर, एम्प
horsepower | horsepower, horsepower     | हॉर्सपावर   | horsepower     | hp, h p, horse power, एचपी
kilogram | kilogram, kilograms          | किलो       | kilo           | kg, kgs, k g, kilos, किलोग्राम
gram     | gram, grams                  | ग्राम       | gram           | g, gm, gms
litre    | litre, litres                | लीटर       | litre          | l, ltr, liter, liters
ml       | millilitre, millilitres      | मिलीलीटर   | ml             | m l, milliliter, milliliters, एमएल
way      | way, way                     | वे         | way            | ways
module   | module, modules              | मॉड्यूल     | module         |
"""

_SALES: Final = """
piece    | piece, pieces                | पीस        | piece          | pc, pcs, nos, peace, pees, nag, नग, पीसेज
coil     | coil, coils                  | कॉइल       | coil           | koil, koyal, bundle of wire, कोइल, कॉयल
box      | box, boxes                   | बॉक्स       | box            | dabba, dabbe, डिब्बा, डिब्बे, बक्सा
packet   | packet, packets              | पैकेट      | packet         | pack, packs, pkt
roll     | roll, rolls                  | रोल        | roll           |
set      | set, sets                    | सेट        | set            |
pair     | pair, pairs                  | जोड़ी       | jodi           | jodis, joda, जोड़ा, जोड़े
dozen    | dozen, dozen                 | दर्जन      | darjan         | dozens, darzan
bundle   | bundle, bundles              | बंडल       | bundle         |
bottle   | bottle, bottles              | बोतल       | bottle         | botal, बॉटल
strip    | strip, strips                | पत्ता       | strip          | patta, patte, पत्ते, स्ट्रिप
carton   | carton, cartons              | कार्टन      | carton         | peti, पेटी
bag      | bag, bags                    | बैग        | bag            | bori, बोरी
"""

_TIMES: Final = """
minute   | minute, minutes              | मिनट       | minute         | min, mins, minat
hour     | hour, hours                  | घंटा, घंटे   | ghanta, ghante | hr, hrs, ghanton, घण्टा, घण्टे, घंटों
day      | day, days                    | दिन        | din            | dino, dinon, दिनों
week     | week, weeks                  | हफ़्ता, हफ़्ते | hafta, hafte   | haftey, सप्ताह, saptah, हफ्तों
month    | month, months                | महीना, महीने | mahina, mahine | maheena, mahinon, mahino, माह, महीनों
year     | year, years                  | साल        | saal           | yr, yrs, salon, saalon, varsh, baras, वर्ष, सालों
"""


def _units(rows: str) -> dict[str, Unit]:
    units = {}
    for row in rows.strip().splitlines():
        name, *names, heard = ([part.strip() for part in cell.split(",") if part.strip()] for cell in row.split("|"))
        said = [*name, *(way for ways in names for way in ways), *heard]
        said += [way.replace("metre", "meter") for way in said]
        one, many = ((ways[0] for ways in names), (ways[-1] for ways in names))
        ways_heard = tuple(dict.fromkeys(tuple(_key(word) for word in way.split()) for way in said))
        units[name[0]] = Unit(name[0], _three(*one), _three(*many), ways_heard)
    return units


def _key(word: str) -> str:
    return word if word.isascii() and len(word) <= 3 else folded(word)  # "mm" is no "m"


def _three(english: str, hindi: str, hinglish: str) -> Texts:
    return english, hindi, hinglish


MEASURES: Final[Mapping[str, Unit]] = _units(_MEASURES)
"""What sizes and ratings are given in."""
SALES: Final[Mapping[str, Unit]] = _units(_SALES)
"""What things are sold by, besides measures."""
TIMES: Final[Mapping[str, Unit]] = _units(_TIMES)
"""What durations are given in."""

_BY_WORDS: Final[Mapping[tuple[str, ...], Unit]] = {
    way: unit for table in (MEASURES, SALES, TIMES) for unit in table.values() for way in unit.heard
}
LONGEST: Final = max(len(way) for way in _BY_WORDS)
"""Words of the unit that takes most."""


def unit_of(words: tuple[str, ...], among: Mapping[str, Unit]) -> Unit | None:
    """The unit that words say; None when it is none of those wanted."""
    unit = _BY_WORDS.get(tuple(_key(word) for word in words))
    return unit if unit is not None and among.get(unit.name) is unit else None
