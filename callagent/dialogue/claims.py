"""What a sentence claims: the words of money, stock, measures, dates and promises in three languages, as data.

Words stand as `wording_of` gives them: lower case, without punctuation, "we'll" as "we will", "16A" as "16 amp".
The patterns are searched in a sentence with one space between words and one at either end.
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


def _phrases(text: str) -> re.Pattern[str]:
    """One phrase in a line, a regular expression each; a line that is indented goes on with the one before."""
    text = unicodedata.normalize("NFKC", text.replace("\n    ", "")).replace("\u093c", "").replace("\u0901", "\u0902")
    return re.compile(" (?:" + "|".join(phrase.strip() for phrase in text.strip().splitlines()) + ")(?= |$)")


SMALL_TALK: Final = _phrases(r"""
(?:just |only )?(?:one|a|1) (?:moment|minute|second|sec|mo)
(?:ek|एक) (?:minute|minat|second|pal|kshan|baar|bar|aur|मिनट|पल|बार|और)
one (?:more|by one|of|at a time|another|thing|person|question)
(?:which|this|that|the|no|each|any|every|another|right|new|old|small|big|good|better|other|first) one
good (?:morning|afternoon|evening|night|day)
(?:have|wish you) (?:a|an) (?:\S+ )?(?:day|evening|week|time)
feel free
(?:zaroor|jaroor|zarur|jarur|जरूर) (?:bataiye|boliye|poochhiye|puchiye|batao|boliyega|बताइए|बोलिए|पूछिए|बताएं)
first of all
at first
(?:do|kya|aap) (?:you|not|i|we|they|people|get|come|tell|call|visit|let)
(?:how|what|when|where|why|who|so|to|can|will|would|could|shall|should|i|we|you|they|also|please|did) do
(?:bata|kar|de|bol|likh|bhej|rakh|chhod|chod|hone|jaane|jane|dikha|laga|dila|keh|sun|suna|rehne|rahne|karne|samjha|
    soch) do
(?:ke|iske|uske|mere|aapke|hamare|unke|khushi ke|aaram ke) saath
""")
"""Says nothing, though it sounds like a number, a day or a gift; taken out before anything else is looked at."""

PRONOUN: Final = re.compile(r" (a|an|the|this|that|which) (?!price |cost |rate |amount |total )(\S+) one ")
"""The last word is no number: "a thin one"."""

INEXACT: Final = _phrases(r"""
approx(?:imate|imately)?
about
around
roughly
nearly
almost
over
under
below
above
(?:less|more|fewer|higher|lower|greater) than
up to
upto
at (?:least|most)
starting(?: from| at)?
starts(?: from| at)?
onwards
plus
minus
minimum
maximum
between
lagbhag
lag bhag
kareeb
karib
qareeb
takreeban
takriban
andaazan
andazan
kam se kam
zyada se zyada
se (?:kam|zyada|jyada|upar|neeche|shuru)
ke (?:aas paas|aaspaas|kareeb|andar|beech)
लगभग
करीब
तकरीबन
अंदाजन
कम से कम
से (?:कम|ज्यादा|अधिक|ऊपर|नीचे|शुरू)
के (?:आसपास|आस पास|अंदर|बीच)
""")
"""Beside a number, make it one that nobody looked up."""

PRICE_TOPIC: Final = _phrases(r"""
(?:price|prices|priced|pricing|cost|costs|costing|rate|rates|mrp|amount|total|bill|charge|charges|worth|pay|fee|fees)
(?:daam|dam|keemat|kimat|bhav|bhaav|mol|kharcha|paisa|paise|lagenge|lagega|padega|padegi)
(?:दाम|कीमत|भाव|रेट|मूल्य|खर्चा|खर्च|लगेंगे|लगेगा|पड़ेगा|पडेगा)
""")
STOCK_TOPIC: Final = _phrases(r"""
(?:stock|stocks|available|availability|inventory|left|remaining|pieces)
(?:uplabdh|maujood|bache|bacha|bachi)
(?:स्टॉक|स्टाक|उपलब्ध|मौजूद|बचे|बचा)
""")

PLAIN_PRICE: Final = _phrases(r"""
(?:it|that|this|which|fan|they) (?:costs?|is priced)
(?:the )?(?:price|rate|cost) (?:is|will be|would be|comes to|has|was)
(?:daam|dam|keemat|kimat|bhav|rate|price) (?:\S+ )?(?:hai|hoga|hogi|rahega|kam|sahi)
(?:दाम|कीमत|भाव|रेट) (?:\S+ )?(?:है|होगा|होगी|रहेगा|कम|सही)
""")
"""Of the claims below those that only lead to a figure."""

PRICE_CLAIM: Final = _phrases(r"""
(?:half|full|double|same|low|lower|lowest|best|reduced|special|cheap|wholesale|dealer|discounted) (?:the )?(?:price|
    prices|rate|rates|cost)
(?:cheap|cheaper|cheapest|inexpensive|affordable|expensive|costly|costlier|bargain|throwaway)
(?:costs?|priced|pay|charges?) (?:you )?(?:only |just |almost |next to |practically )?(?:nothing|less|little|
    peanuts|very little|zero|same|the same)
(?:not|never) cost
on (?:us|the house)
(?:knock|take) (?:\S+ )?off
(?:better|best|good|great|fair|nice|special) (?:price|rate)
price (?:match|of a)
(?:fiver|tenner|grand)
(?:including|inclusive|includes|excluding|along with|with) (?:\S+ )?(?:delivery|installation|fitting|shipping|
    charges|taxes|tax)
(?:for|at) (?:nothing|no cost|no charge|cost price|cost)
(?:it|that|this|which|fan|they) (?:costs?|is priced)
(?:the )?(?:price|rate|cost) (?:is|will be|would be|comes to|has|was)
(?:below|above|under|over|off) (?:the )?(?:mrp|price|market)
(?:gst|vat|tax|taxes|cess)
(?:emi|instalment|instalments|installment|installments)
nothing to pay
(?:need not|do not have to|without) (?:pay|paying)
pay (?:whatever|what you|as you|later|nothing)
(?:whatever|what) you (?:like|want) for (?:it|this|that|them)
(?:is |one is )?(?:on me|my treat|our treat)
(?:my|our) (?:account|cost|expense|pocket)
look after (?:the |your )?bill
for less
(?:make|is) (?:it )?less
(?:can|could|will) come down
bring it down
(?:never|not|nothing) charge
(?:we|i|will) (?:\S+ )?(?:adjust|halve)
(?:halve|drop) (?:it|that|the (?:price|rate|last|first))
burn a hole
(?:phokat|fokat|mufat|muphat|फोकट)
kam kar(?:ke)? (?:lenge|lunga|loonga|lete|dena|dete|dijiye|ke)
(?:thoda|kuch) kam
कम कर (?:लेंगे|लूंगा|लेते|देना|देते)
(?:ek|एक) (?:ke saath|के साथ|\|) (?:ek|doosra|dusra|एक|दूसरा)
(?:sasta|saste|sasti|mehnga|mehenga|mehngi|mahanga|kifayati)
(?:aadhe|aadha|aadhi|kam|sabse kam) (?:daam|dam|keemat|kimat|rate|price|bhav)
(?:daam|dam|keemat|kimat|bhav|rate|price) (?:\S+ )?(?:hai|hoga|hogi|rahega|kam|sahi)
(?:सस्ता|सस्ते|सस्ती|महंगा|महंगी|महंगे|किफायती)
(?:आधे|आधी|आधा|कम|सबसे कम) (?:दाम|कीमत|रेट|भाव)
(?:दाम|कीमत|भाव|रेट) (?:\S+ )?(?:है|होगा|होगी|रहेगा|कम|सही)
(?:जीएसटी|टैक्स|कर सहित)
""")
"""About money, without a number."""

STOCK_CLAIM: Final = _phrases(r"""
(?:in|out of|enough|no|limited|plenty of|full) stock
(?:is|are|was|not|currently|readily|easily|now|still|always) (?:\S+ )?(?:available|unavailable)
(?:unavailable|sold out|back ordered|restocked)
we (?:do |also |still |definitely )*(?:have|got|stock|keep) (?:it|them|that|this|plenty|many|lots|enough|several|
    some|one|these|those|all)
(?:only )?(?:a )?few (?:are )?(?:left|remaining|pieces)
(?:stock|maal) (?:\S+ )?(?:mein|me|main|nahi|nahin|khatam|hai|bahut)
(?:uplabdh|maujood|available) (?:hai|hain|nahi|nahin|nahin hai)
khatam (?:ho|hai)
(?:स्टॉक|स्टाक|माल) (?:\S+ )?(?:में|नहीं|खत्म|है|बहुत)
(?:उपलब्ध|मौजूद) (?:है|हैं|नहीं)
खत्म (?:हो|है)
""")
LOOSE_STOCK: Final = _phrases(r"""
(?:loads|heaps|tons|stacks|piles|lots|dozens) of (?:them|it|these|those|this|stock|pieces)
(?:is|are) (?:the |our )?(?:last|final) (?:piece|one|few)
(?:is|are) (?:all )?gone
pick (?:it|them|one) up
(?:godown|warehouse|on the shelf)
(?:bahut|dher) (?:saare|sare|saari|sari) (?:\S+ )?(?:hai|hain|pade|rakhe)
(?:pade|padi|rakhe|rakha hua|rakhi hui) (?:hai|hain)
(?:गोदाम|(?:बहुत|ढेर) (?:सारे|सारी))
(?:पड़े|पड़ी|रखे|रखा हुआ|रखी हुई) (?:है|हैं)
""")
"""How much is there, in words that no count proves."""
NOT_THERE: Final = _phrases(r"""
(?:out of|no|not|nahi|nahin|unavailable|sold|khatam|never|none|back ordered)
(?:नहीं|खत्म|ना)
""")
"""Turns a claim round."""

SPECIFICATION_CLAIM: Final = _phrases(r"""
(?:isi|bis|iso|ce|fda|rohs|bee) (?:\S+ )?(?:mark|marked|certified|approved|rated|certificate)
(?:certified|certification|approved by|rated for|tested to)
(?:lifetime|life long|lifelong|forever|for life)
(?:waterproof|water proof|fireproof|fire proof|shockproof|shock proof|rustproof|rust proof|unbreakable|sterile|
    clinically)
(?:never|not) (?:break|breaks|burn|burns|fail|fails|rust|rusts)
(?:works?|runs?) (?:in the rain|silently|outdoors|in water)
(?:little|less|no|half the) (?:current|electricity|power|noise|service|maintenance)
(?<!not )touch (?:the |a )?live
with the power on
(?:वाटरप्रूफ|प्रमाणित|आईएसआई)
""")
"""About a quality or a certificate."""
MAKE_CLAIM: Final = _phrases(r"""
(?:(?:is|are|comes? in|available in) (?:all |pure |full )?(?=(?:white|black|brown|blue|red|green|grey|gray|yellow|ivory|
    golden|silver|pink|orange|beige|cream)(?: |$))|made (?:of|in|from|by) |comes? with (?:an? |the )?(?!(?:\S+ ){0,4}
    (?:warranty|guarantee)(?: |$)))(?P<what>\S+)
""")
"""Of what colour or stuff something is, and what comes with it."""

WARRANTY_CLAIM: Final = _phrases(r"""
(?:lifetime|life time|extended|full|free|unlimited|long) (?:warranty|guarantee)
(?:with|has|have|includes?|carries|comes with|under|gets?|offers?|no|in|of|within|covered under|
    out of) (?:\S+ )?(?:warranty)
(?:warranty) (?:is|covers|included|remains|of|has|period is|till|until|expired?|over|hai|milegi|milti|nahi|nahin|
    khatam)
(?:is|are|not|fully|still) (?:covered|eligible)
वारंटी (?:\S+ )?(?:है|मिलेगी|मिलती|नहीं|खत्म)
""")
"""About a warranty, without a number."""

DATE_CLAIM: Final = _phrases(r"""
(?:next|this|coming|following|within the|within a|in a|by the|end of the|later this|early next) (?:week|month|year|
    hour|day|fortnight|weekend)
(?:agle|agla|is|isi|aane wale) (?:hafte|hafta|mahine|mahina|saal)
(?:अगले|इस|इसी) (?:हफ्ते|महीने|साल)
(?:by|till|until|before|this|in the|every) (?:morning|noon|afternoon|evening|night|midnight|weekend)
(?:som|mangal|budh|guru|veer|shukr|shukra|shani|ravi|सोम|मंगल|बुध|गुरु|शुक्र|शनि|रवि) (?:ko|tak|को|तक)
(?:narso|narson|tarso|tarson|नरसों|तरसों)
(?:subah|dopahar|shaam|sham|raat|सुबह|दोपहर|शाम|रात) (?:tak|ko|mein|se|तक|को|में|से)
(?:same|next) day
day after
(?:day|week|month|year)s? (?:ago|later|from now)
overnight
(?:asap|eod|right away|immediately|instantly|soon|very soon|in no time|in a jiffy|end of (?:the )?day|turant|
    jaldi hi|तुरंत)
(?:by|before|after|next|till|until|on|during) (?:diwali|holi|eid|christmas|dussehra|navratri|new year|lunch|dinner|
    noon|then)
(?:diwali|holi|eid|दिवाली|होली|ईद) (?:tak|se|pe|par|ke|तक|से|पर|के)
(?:a|an|per|every|each|another) (?:hour|week|fortnight|month|year|decade)
(?:in|within|after) (?:a )?(?:few|couple|some|several) (?:\S+ )?(?:minutes|hours|days|weeks|months|years)
(?:few|some|several|many) (?:minutes|hours|days|weeks|months|years)
(?:kuch|kuchh|thode|कुछ|थोड़े|थोडे) (?:hi )?(?:minute|ghante|din|hafte|mahine|घंटे|दिन|हफ्ते|महीने)
(?:we|shop|store) (?:\S+ )?(?:open|opens|close|closes|closed)
(?:dukaan|dukan|shop) (?:\S+ )?(?:khuli|band|khulti|khulegi|bandh)
दुकान (?:\S+ )?(?:खुली|बंद|खुलती|खुलेगी)
""")

PROMISE: Final = _phrases(r"""
(?:guarantee|guarantees|guaranteed|guaranty|promise|promises|promised|assure|assures|assured|commit|committed|vow|
    swear)
(?:i|we) (?:\S+ )?(?:definitely|certainly|surely|absolutely)
(?:for sure|without fail|no matter what|rest assured)
(?:free|freebie|freebies|complimentary|gratis|gift|gifts|bonus|giveaway)
(?:discount|discounts|discounted|cashback|cash back|coupon|voucher|rebate|scheme|clearance|concession)
(?:special|an|any|great|best|good|festive|festival|diwali|limited|combo) (?:\S+ )?(?:offer|offers|deal|deals)
(?:offer|deal|sale) (?:is|ends|till|on|for you|hai|chal)
on sale
(?:percent|rupees|flat|extra|money|something) off
off (?:on|for you|the price|your)
(?:save|savings|you save)
(?:no|zero|without|waive|waived) (?:\S+ )?(?:charge|charges|cost|extra|fee|fees|interest)
(?:refund|refunds|refunded|money back|moneyback|replacement|reimburse|compensation|compensate)
(?:we|i|they|it|he|she|someone|you|order|technician|team|delivery|shop|staff|fan|parcel|owner) (?:\S+ )?(?:will|
    shall|are going to|is going to|am going to|would) (?:\S+ ){0,2}(?:deliver|delivered|arrive|arrives|reach|
    reaches|ship|shipped|send|sent|dispatch|dispatched|come|be there|be ready|be with you|be delivered|bring|
    call you|call back|callback|install|installed|repair|repaired|fix|fixed|replace|replaced|exchange|receive|
    get it|get your|have it|have your|pick up|collect|reserve|hold|keep it|give you|text|arrange|match|book|
    order it|visit)
will be (?:\S+ )?(?:delivered|shipped|there|ready|dispatched|sent|installed|repaired|replaced|refunded|yours|
    available|back)
(?:delivers|arrives|ships|reaches you|delivered|shipped|dispatched|on its way|on the way|out for delivery)
(?:same day|next day|home|express|door|doorstep|quick|instant|fast) delivery
(?:i|we) (?:have|had|just) (?:\S+ )?(?:booked|reserved|placed|sent|confirmed|arranged|applied|given|cancelled|
    transferred|texted|ordered|noted)
(?:deal|order|booking|it) (?:is|are) (?:done|confirmed|booked|placed|yours)
(?:i|we) (?:have |just |already )*(?:booked|reserved|placed|confirmed|arranged|cancelled|canceled|transferred|
    texted|ordered|refunded|sent)
(?:i|we) (?:am|are|will|can|shall|could) (?:\S+ )?(?:sending|texting|transferring|connecting|booking|cancelling|
    calling|arranging|reserving|transfer|connect|send|text|book|cancel|reserve|refund|deliver|arrange|throw|add|
    include)
(?:comes?|coming) (?:over|home|to your|by|soon|today)
be (?:at|with) (?:you|your)
buy \S+ (?:and )?get
bogo
(?:bhej|bhijwa|bhijva|de|kar|laga|pahuncha|pahuncha|dilwa|karwa|badal|jod|la) (?:deta|deti|dete|rahi|raha|rahe|diya)
(?:भेज|भिजवा|दे|कर|लगा|पहुंचा|दिलवा|करवा|बदल|जोड़|ला) (?:देता|देती|देते|रहा|रही|रहे|दिया)
(?:agreed|done deal|it is a deal|you got it)
(?:pakka|pakki|zaroor|jaroor|zarur|jarur|guarantee|garanti|vaada|vada|wada|bharosa|100 percent)
(?:muft|muft mein|free mein|bina paise|nishulk|inaam|tohfa|chhoot|chhut|choot)
kuch (?:nahi|nahin) (?:lagega|dena|padega)
\S*(?:jaayeg|jayeg|jaeg|jaaeg|jaayeng|jayeng|jaeng|aayeg|ayeg|aaeg|aayeng|milega|milegi|milenge|pahunch|pohonch|
    pohunch|pahuch|bhejenge|bhejeng|bhejung|bhejoong|bhejdenge)\S*
(?:\S+)? ?(?:denge|dengi|dunga|dungi|doonga|doongi|dega|degi|karenge|karengi|karunga|karungi|karoonga|karoongi|
    karega|lagega|lagegi|rakhenge|rakhunga|laayenge|layenge|launga)
(?:गारंटी|पक्का|पक्की|जरूर|वादा|भरोसा|मुफ्त|फ्री|निशुल्क|निःशुल्क|छूट|डिस्काउंट|ऑफर|इनाम|रिफंड|कैशबैक|तोहफा|उपहार)
\S*(?:जाएग|जायेग|जाएंग|जायेंग|आएग|आयेग|आएंग|मिलेग|मिलेंग|पहुंच|पहुच|भेजेंग|भेजूंग|भेज देंग)\S*
(?:\S+ )?(?:देंगे|देंगी|दूंगा|दूंगी|देगा|देगी|करेंगे|करूंगा|करूंगी|करेगा|लगेगा|लगेगी|रखेंगे|लाएंगे)
""")
"""What would bind the shop."""

TOPICS: Final[Mapping[str, re.Pattern[str]]] = {
    "delivery": _phrases(r"""
(?:charge|charges|deliver|delivered|delivers|delivery|shipping|ship|ships|shipped|arrive|arrives|reach|reaches|expect|
    expected|dispatched|courier|due|bhejne|pahunchane|pahunchne)
(?:home|door) (?:\S+ )?charges?
\S*(?:pahunch|pohonch|pahuch|पहुंच|पहुच|भेज)\S*
(?:डिलीवरी|डिलिवरी|चार्ज)
"""),
    "order": _phrases(r"""
(?:order|orders|ordered|parcel|shipment|invoice|ऑर्डर|आर्डर)
(?:your|aapka|आपका) (?:bill|total|बिल)
"""),
    "warranty": _phrases(r"""
(?:warranty|warranties|guarantee|guaranty|covered|cover|वारंटी|गारंटी)
"""),
    "return": _phrases(r"""
(?:return|returns|returned|returning|refund|refunds|exchange|exchanged|taken back|take back|take it back|wapas|wapsi|
    vapas|वापस|वापसी)
"""),
    "tax": _phrases(r"""
(?:gst|tax|taxes|vat|cess|जीएसटी|टैक्स)
"""),
    "saving": _phrases(r"""
(?:save|saves|saving|savings|bachat|bachenge|bachega|बचत|बचेंगे)
"""),
    "above": _phrases(r"""
(?:free|muft|फ्री|मुफ्त) (?:\S+ ){0,3}?(?:above|over|from)
(?:से ऊपर|se upar|above)
"""),
}
"""What a figure is of, where it is not of an item itself."""


EACH: Final = _phrases(r"""
(?:each|apiece|per|every|prati|ek ek|प्रति)
(?:ek|एक) (?:ka|ki|का|की)
""")
"""Makes a price that of one, however many are spoken of."""
TOGETHER: Final = _phrases(r"""
(?:both|together|altogether|the (?:pair|lot|set)|the other|another|dono|donon|saare|sab|doosra|dusra|दोनों|सारे|सब|
    दूसरा)
""")
"""Makes a price that of several, or of something else."""


def topics_in(text: str) -> frozenset[str]:
    """The topics that words, as `wording_of` gives them, speak of."""
    return frozenset(topic for topic, words in TOPICS.items() if words.search(f" {text} "))


AFTER_SALES: Final = _phrases(r"""
(?:return|bring|take) (?:it|them|this) (?:back )?(?:whenever|any time|anytime)
no questions asked
if it (?:breaks?|burns?|fails?|stops?) (?:we|you|the \S+)
(?:give|get|bring) (?:you )?(?:a |the )?new (?:one|fan|piece)
jab (?:chahe|chahen|chaho|marzi)
(?:naya|nayi|नया|नई) (?:le|de|deti|dete|denge|milega|milegi|ले|दे|देती|देते|देंगे|मिलेगा)
जब (?:चाहे|चाहें|मर्जी)
(?:will|shall) (?:\S+ )?(?:ring|phone) you
(?:standing |waiting )?outside (?:your|the)
(?:order|parcel|delivery|it) (?:has|have) (?:\S+ )?(?:reached|arrived|left|come)
(?:order|parcel|it) (?:is|was) (?:lost|stolen|damaged)
(?:nikal|pahunch) (?:chuka|chuki|chuke|gaya|gayi)
(?:निकल|पहुंच) (?:चुका|चुकी|चुके|गया|गई)
""")
"""What would bind the shop once something is sold or sent."""
NOT_ITS_PLACE: Final = _phrases(r"""
(?:otp|cvv|upi|password|passcode|gpay|paytm|phonepe|ओटीपी|यूपीआई|पासवर्ड|सीवीवी)
(?:your|apna|apni|aapka|aapki|अपना|अपनी|आपका|आपकी) (?:\S+ ){0,2}?(?:pin|पिन)(?! (?:code|कोड))
(?:card|account|aadhaar|aadhar|खाता|कार्ड) (?:number|नंबर)
(?:your|apna|aapka|अपना|आपका) (?:\S+ )?(?:card|कार्ड)
(?:my|personal|bank|this|our) account
send (?:\S+ )?money
i am (?!not )(?:the |a |an )?(?:real )?(?:\S+ )?(?:owner|manager|human|person|man|woman)
you are (?:\S+ )?(?:speaking|talking) (?:to|with) (?:the |a |an )?(?:real )?(?:\S+ )?(?:owner|manager|human|person)
(?:main|mai) (?:\S+ ){0,3}?(?:maalik|malik|owner|insaan|aadmi) (?:hoon|hun|hu|bol)
मैं (?:\S+ ){0,3}?(?:मालिक|इंसान|आदमी) (?:हूं|बोल)
""")
"""What a voice on the telephone must not ask for, or say that it is."""

STATUS: Final = _phrases(r"""
(?:order|payment|refund|complaint|booking|parcel|request|it|\d+) (?:is|was|has been|have been|got|
    gets) (?:\S+ ){0,2}?(?P<what>ready
    |cancelled|canceled|received|approved|confirmed|packed|processed|returned|delayed|pending|on hold|delivered|
    shipped
    |dispatched|accepted|rejected|registered|complete|completed|paid)
""")
"""How something stands that the shop keeps books on."""

DELIVERY: Final = _phrases(r"""
(?:will|shall|expected|expect|due|should|ships?|arrives?|delivered|delivers|delivery|reach|reaches|on its way|
    on the way|shipped|dispatched|out for delivery)
\S*(?:jaayeg|jayeg|jaeg|aayeg|ayeg|pahunch|milega|milegi|जाएग|जायेग|आएग|मिलेग|पहुंच)\S*
""")
"""A promise that a date that was looked up makes a fact."""
BINDING: Final = _phrases(r"""
(?:guarantee|guarantees|guaranteed|guaranty|promise|promises|promised|assure|assured|definitely|certainly|surely|
    absolutely|for sure|without fail|pakka|pakki|zaroor|jaroor|zarur|jarur|garanti|free|discount|refund|gift|
    complimentary|vaada|wada|muft)
(?:गारंटी|पक्का|पक्की|जरूर|वादा|मुफ्त|फ्री|छूट)
""")
"""Never a fact by a date alone."""

_GIVEN = "price|rate|stock|discount|date|daam|delivery|guarantee|offer|chhoot|ki|ka|ke|koi|exact|abhi"
_GIVEN_HI = "दाम|रेट|कीमत|स्टॉक|डिस्काउंट|छूट|तारीख|डिलीवरी|गारंटी|ऑफर|की|का|के|कोई|अभी"
REFUSES: Final = _phrases(
    rf"""
    (?:i am )?(?:so |very )?(?:(?:sorry|afraid) )?(?:but )?
    (?:i|we) (?:am not able to|are not able to|can not|do not|may not|must not)
     (?:promise|guarantee|give|offer|say|tell|quote|confirm|see|know)(?: you)?
    (?: (?:a|an|any|the|exact|if|whether|when|it|is|are|in|price|prices|discount|discounts|delivery|date|dates|stock|
    available|rate|rates|cost|costs|much|how|for sure|certain|that|about))*
(?:for|about) (?:a |the |any )?(?:discount|discounts|price|prices|rates?|offers?|delivery) please
     (?:talk to|speak to|speak with|ask|call) (?:our |the )?(?:counter|shop|staff|owner)
(?:maaf kijiye )?(?:discount|chhoot|rate|daam|price|delivery|offer) ke (?:baare mein|liye) (?:aap )?
    (?:counter|dukaan|staff|maalik) (?:se|par|pe) (?:baat|pata) (?:kijiye|karein|kar lijiye)
(?:माफ कीजिए )?(?:डिस्काउंट|छूट|रेट|दाम|डिलीवरी|ऑफर) के (?:बारे में|लिए) (?:आप )?
    (?:काउंटर|दुकान|स्टाफ|मालिक) (?:से|पर) (?:बात|पता) (?:कीजिए|करें|कर लीजिए)
(?:main|hum)(?: (?:{_GIVEN}))* (?:nahi|nahin) (?:bata|de|keh|kah|kar) (?:sakta|sakti|sakte)(?: (?:hoon|hun|hu|hain))?
(?:मैं|हम)(?: (?:{_GIVEN_HI}))* नहीं (?:बता|दे|कह|कर) (?:सकता|सकती|सकते)(?: (?:हूं|हैं))?
"""
)
"""A whole sentence that only says that something is not known or not given, or who else can tell."""
ASKS: Final = _phrases(r"""
(?:and )?(?:shall i|should i|may i|can i|would you like(?: me)? to|do you want(?: me)? to|would you like)
     (?:\S+ ){0,3}(?:check|look|know|find out|see|hear|ask)(?: \S+){0,8}
""")
"""A whole question that offers to look something up."""
