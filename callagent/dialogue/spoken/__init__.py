"""Values and words, both ways, as they are said on the telephone in India: English, Hindi and Hinglish.

`say_…` puts a value into words fit for a synthesizer. `read_…` finds a value in what a caller said, whatever mixture of
languages it is; the language given only settles what a doubtful word ("do") more likely is. Reading what was said gives
the value back, so that a read-back can be checked.
"""

from callagent.dialogue.spoken.date_pieces import months_later
from callagent.dialogue.spoken.forms import FORMS, say_value
from callagent.dialogue.spoken.languages import LANGUAGES, Language, Style
from callagent.dialogue.spoken.measures import (
    Duration,
    Quantity,
    Size,
    read_duration,
    read_quantity,
    read_size,
    say_duration,
    say_quantity,
    say_size,
    without_measures,
    written_duration,
    written_quantity,
    written_size,
)
from callagent.dialogue.spoken.read_dates import Toward, read_date
from callagent.dialogue.spoken.read_digits import phone_number, read_digits, read_phone, read_pin_code
from callagent.dialogue.spoken.read_money import read_money, read_percent
from callagent.dialogue.spoken.read_numbers import find_numbers, read_number
from callagent.dialogue.spoken.read_spelled import read_spelled
from callagent.dialogue.spoken.read_times import read_span, read_time
from callagent.dialogue.spoken.say_dates import say_date, say_weekday, say_year
from callagent.dialogue.spoken.say_digits import say_digits, say_phone, say_pin_code, say_spelled, ways_to_say_digits
from callagent.dialogue.spoken.say_numbers import say_money, say_number, say_percent
from callagent.dialogue.spoken.say_times import say_hours, say_span, say_time
from callagent.dialogue.spoken.tokens import Reading, western

__all__ = [
    "FORMS",
    "LANGUAGES",
    "Duration",
    "Language",
    "Quantity",
    "Reading",
    "Size",
    "Style",
    "Toward",
    "find_numbers",
    "months_later",
    "phone_number",
    "read_date",
    "read_digits",
    "read_duration",
    "read_money",
    "read_number",
    "read_percent",
    "read_phone",
    "read_pin_code",
    "read_quantity",
    "read_size",
    "read_span",
    "read_spelled",
    "read_time",
    "say_date",
    "say_digits",
    "say_duration",
    "say_hours",
    "say_money",
    "say_number",
    "say_percent",
    "say_phone",
    "say_pin_code",
    "say_quantity",
    "say_size",
    "say_span",
    "say_spelled",
    "say_time",
    "say_value",
    "say_weekday",
    "say_year",
    "ways_to_say_digits",
    "western",
    "without_measures",
    "written_duration",
    "written_quantity",
    "written_size",
]
