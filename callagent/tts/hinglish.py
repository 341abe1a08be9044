"""Hinglish for a Hindi voice: common Hindi words in Latin letters, respelled in their own script.

An engine reads Latin letters by the rules of English, so that "kya" comes out as "kyer". Words that are English as well
("do", "main", "par", "to") are left alone: read wrongly as Hindi they would be worse than as English.
"""

import re
from typing import Final

_WORD: Final = re.compile(r"[A-Za-z]+")

DEVANAGARI: Final[dict[str, str]] = {
    # who and whose
    "aap": "आप", "aapka": "आपका", "aapki": "आपकी", "aapke": "आपके", "aapko": "आपको", "aapne": "आपने", "aapse": "आपसे",
    "hum": "हम", "humne": "हमने", "hamara": "हमारा", "hamari": "हमारी", "hamare": "हमारे", "humein": "हमें",
    "mujhe": "मुझे", "mera": "मेरा", "meri": "मेरी", "maine": "मैंने", "unka": "उनका", "unko": "उनको",
    "iska": "इसका", "iski": "इसकी", "iske": "इसके", "isko": "इसको", "ise": "इसे", "uska": "उसका", "uski": "उसकी",
    "yeh": "यह", "ye": "ये", "woh": "वह", "wo": "वो", "apna": "अपना", "apni": "अपनी", "apne": "अपने", "koi": "कोई",
    # small words
    "ka": "का", "ki": "की", "ke": "के", "ko": "को", "se": "से", "ne": "ने", "mein": "में", "tak": "तक", "bhi": "भी",
    "aur": "और", "ya": "या", "lekin": "लेकिन", "agar": "अगर", "toh": "तो", "ji": "जी", "sirf": "सिर्फ़", "bas": "बस",
    "ek": "एक", "teen": "तीन", "chaar": "चार", "paanch": "पाँच", "saat": "सात", "aath": "आठ", "nau": "नौ", "dus": "दस",
    "liye": "लिए", "saath": "साथ", "baad": "बाद", "pehle": "पहले", "upar": "ऊपर", "neeche": "नीचे", "andar": "अंदर",
    "nahi": "नहीं", "nahin": "नहीं", "haan": "हाँ", "han": "हाँ", "phir": "फिर", "fir": "फिर",
    # asking
    "kya": "क्या", "kaun": "कौन", "kaunsa": "कौनसा", "kaunsi": "कौनसी", "kaise": "कैसे", "kaisa": "कैसा", "kahan": "कहाँ",
    "kab": "कब", "kitna": "कितना", "kitni": "कितनी", "kitne": "कितने", "kyun": "क्यों", "kis": "किस", "kuch": "कुछ",
    # being and doing
    "hai": "है", "hain": "हैं", "hoon": "हूँ", "hun": "हूँ", "tha": "था", "thi": "थी", "hoga": "होगा", "hogi": "होगी",
    "ho": "हो", "hota": "होता", "hoti": "होती", "hua": "हुआ", "hui": "हुई", "raha": "रहा", "rahi": "रही", "rahe": "रहे",
    "kar": "कर", "karo": "करो", "karna": "करना", "karne": "करने", "karein": "करें", "karen": "करें", "kijiye": "कीजिए",
    "karta": "करता", "karti": "करती", "karte": "करते", "kiya": "किया", "karenge": "करेंगे", "karunga": "करूँगा",
    "sakta": "सकता", "sakti": "सकती", "sakte": "सकते", "chahiye": "चाहिए", "chahte": "चाहते", "chahti": "चाहती",
    "bolo": "बोलो", "boliye": "बोलिए", "bolein": "बोलें", "batao": "बताओ", "bataiye": "बताइए", "batayein": "बताएँ",
    "dijiye": "दीजिए", "dein": "दें", "denge": "देंगे", "lijiye": "लीजिए", "lenge": "लेंगे", "milega": "मिलेगा",
    "milegi": "मिलेगी", "mila": "मिला", "gaya": "गया", "gayi": "गयी", "gaye": "गए", "jayega": "जाएगा", "jayegi": "जाएगी",
    "aaya": "आया", "aayega": "आएगा", "rukiye": "रुकिए", "suniye": "सुनिए", "dabaiye": "दबाइए", "dabayein": "दबाएँ",
    "samajh": "समझ", "samjha": "समझा", "bhej": "भेज", "bheja": "भेजा", "dekh": "देख", "puch": "पूछ", "poochna": "पूछना",
    # courtesy
    "namaste": "नमस्ते", "namaskar": "नमस्कार", "dhanyavaad": "धन्यवाद", "dhanyawad": "धन्यवाद", "shukriya": "शुक्रिया",
    "kripya": "कृपया", "maaf": "माफ़", "achha": "अच्छा", "accha": "अच्छा", "theek": "ठीक", "thik": "ठीक", "bilkul": "बिल्कुल",
    "zaroor": "ज़रूर", "swagat": "स्वागत", "madad": "मदद", "sahayata": "सहायता", "alvida": "अलविदा",
    # the shop
    "dukaan": "दुकान", "dukan": "दुकान", "daam": "दाम", "keemat": "कीमत", "kimat": "कीमत", "rupaye": "रुपये",
    "rupaya": "रुपया", "rupay": "रुपये", "paise": "पैसे", "pankha": "पंखा", "pankhe": "पंखे", "bijli": "बिजली",
    "saal": "साल", "mahina": "महीना", "mahine": "महीने", "ghante": "घंटे", "baje": "बजे", "aaj": "आज", "kal": "कल",
    "subah": "सुबह", "shaam": "शाम", "dopahar": "दोपहर", "baat": "बात", "naam": "नाम", "pata": "पता", "sawaal": "सवाल",
    "samay": "समय", "khula": "खुला", "khuli": "खुली", "band": "बंद", "uplabdh": "उपलब्ध", "zyada": "ज़्यादा",
    "dobara": "दोबारा",
}  # fmt: skip


def respelled(word: str) -> str:
    """`word` in Devanagari when it is a common Hindi one in Latin letters, else as it is; punctuation stays."""
    letters = _WORD.fullmatch(word.strip(".,;:!?()\"'-"))
    if letters is None:
        return word
    hindi = DEVANAGARI.get(letters[0].lower())
    return word if hindi is None else word.replace(letters[0], hindi)
