"""The words that e-mail and UPI addresses are made of, and those that are never part of one."""

from typing import Final

from callagent.dialogue.spoken.lexicon import GIVING, listed

MAIL: Final = {
    **{name: f"{name}.com" for name in listed("gmail yahoo hotmail outlook rediffmail icloud protonmail ymail")},
    "जीमेल": "gmail.com",
    "याहू": "yahoo.com",
    "हॉटमेल": "hotmail.com",
    "आउटलुक": "outlook.com",
    "रेडिफमेल": "rediffmail.com",
}
"""Where most people have their mail."""
ONLY_MAIL: Final = listed("gmail hotmail rediffmail protonmail ymail जीमेल हॉटमेल रेडिफमेल")
"""Those of them that are nothing else, so that the ending may be left out."""
ENDINGS: Final = {
    **{name: name for name in listed("com in co org net edu gov info biz io me ac dev app shop store")},
    "कॉम": "com",
    "काम": "com",
    "इन": "in",
    "को": "co",
    "ऑर्ग": "org",
    "नेट": "net",
    "इंफो": "info",
}
HANDLES: Final = listed(
    "okaxis okhdfcbank okicici oksbi ybl ibl axl apl yapl rapl paytm upi ptyes ptsbi pthdfc ptaxis icici sbi "
    "hdfcbank hdfc axisbank axis kotak kotakbank pnb boi cnrb canara unionbank union federal indus idfcbank "
    "idfcfirst aubank rbl dbs hsbc citi kbl kvb barodampay bob freecharge jio jiopay airtel airtelpaymentsbank "
    "waaxis wahdfcbank waicici wasbi fam slice ikwik naviaxis jupiteraxis yescred yesbank yesbankltd amazonpay "
    "phonepe gpay fbl timecosmos indianbank postbank mahb uco centralbank iob equitas superyes"
)
"""What stands behind the sign of a UPI address: the common ones, since only these are known when they are said."""
HANDLES_HINDI: Final = {
    "पेटीएम": "paytm",
    "ओकेएक्सिस": "okaxis",
    "ओकेएचडीएफसीबैंक": "okhdfcbank",
    "एक्सिस": "axis",
    "एक्सएल": "axl",
    "फोनपे": "phonepe",
    "ओकेऐक्सिस": "okaxis",
}
STOP: Final = GIVING | listed(
    "is are am was its my me mine our your his her their the a an it its this that to on in of for from by with or but "
    "and id ids email emails mail mails address upi account accounts payment payments pay paid bank banks branch card "
    "offer emi available cash send sent write look looked looking arrive arrived come came shop shops price prices "
    "rate rates met meet saw found sir madam please yes no not i we you he she they can will do does did have has had "
    "get got buy bought sale sell "
    "stock open opens opened close closes closed available free start starts starting only meet call called deliver "
    "delivery delivered install fitted home office house door gate counter here there work works working good best "
    "order orders ordered invoice bill quote quotation receipt refund catalogue letters "
    "book what when where which who how much many all any some one's at dot named called says "
    "hai hain ho tha thi mera meri mere hamara hamari aapka aapki uska uski par pe ko ka ki ke se mein main hum aap "
    "wo woh ye yeh jo kya kab kahan kitna kitne kitni likho likhiye likhna bhejo bhejiye chahiye dijiye "
    "karo kijiye note naam number "
    "nahi nahin haan ji bhi aur to hi sirf phir bas ab aaj kal "
    "है हैं हो था थी मेरा मेरी मेरे हमारा हमारी आपका आपकी पर पे को का की के से में मैं हम आप वो ये यह वह जो क्या कब कहाँ "
    "कितना कितने लिखो लिखिए भेजो भेजिए चाहिए दीजिए दो बिल रसीद रिफंड "
    "करो कीजिए नोट नाम नंबर नहीं हाँ हां जी भी और तो ही सिर्फ फिर बस अब आईडी ईमेल मेल पता "
    "यूपीआई अकाउंट पेमेंट"
)
"""Words that are no part of a name before "at"."""
ASIDES: Final = frozenset(
    {
        *(("all", "together"), ("joined", "together"), ("ek", "saath"), ("ek", "sath"), ("एक", "साथ")),
        *(("all", "joined"), ("all", "small"), ("all", "one"), ("one", "word"), ("no", "space"), ("no", "spaces")),
    }
)
"""How a name is written, said behind it."""
NO_NAMES: Final = listed(
    "open use using used website site app into via through login log google check better than only new like about "
    "called named blocked"
)
"""Words before "gmail dot com" that are nobody's there."""
HELPING: Final = frozenset({"do", "दो"})
"""Two, and what somebody is asked for: "bhej do"."""
HANDLE_PARTS: Final = {"okay": "ok", "ओके": "ok", "एक्सिस": "axis", "ऐक्सिस": "axis", "बैंक": "bank", "पेटीएम": "paytm"}
"""Of handles that are said in pieces, beside letters."""
