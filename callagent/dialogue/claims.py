"""What a sentence claims of goods, without a figure: their price, stock, make, warranty, and days; as data.

Words stand as in `claim_words`; patterns are searched in a sentence with one space between words and at either end.
"""

import re
from typing import Final

from callagent.dialogue.claim_words import phrases

SMALL_TALK: Final = phrases(r"""
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

INEXACT: Final = phrases(r"""
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

PLAIN_PRICE: Final = phrases(r"""
(?:it|that|this|which|fan|they) (?:costs?|is priced)
(?:the )?(?:price|rate|cost) (?:is|will be|would be|comes to|has|was)
(?:daam|dam|keemat|kimat|bhav|rate|price) (?:\S+ )?(?:hai|hoga|hogi|rahega|kam|sahi)
(?:दाम|कीमत|भाव|रेट) (?:\S+ )?(?:है|होगा|होगी|रहेगा|कम|सही)
""")
"""Of the claims below those that only lead to a figure."""

PRICE_CLAIM: Final = phrases(r"""
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

STOCK_CLAIM: Final = phrases(r"""
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

LOOSE_STOCK: Final = phrases(r"""
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

NOT_THERE: Final = phrases(r"""
(?:out of|no|not|nahi|nahin|unavailable|sold|khatam|never|none|back ordered)
(?:नहीं|खत्म|ना)
""")
"""Turns a claim round."""

SPECIFICATION_CLAIM: Final = phrases(r"""
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

BRAND_CLAIM: Final = phrases(r"""
(?!(?:kis|kaun|kaunsi|kaun si|konsi|kisi|hamari|humari|achhi|acchi|har|usi|isi|किस|कौन|कौनसी|किसी|हमारी|अच्छी|हर|उसी|
    इसी|the|which|what|any|each|every|good|our|that|this|same) )(?P<what>\S+) (?:company|brand|कंपनी|ब्रांड|
    ब्रैंड)(?= (?:ka|ki|ke|hai|hain|is|का|की|के|है|हैं)(?: |$))
""")
"""Who makes it."""
DIFFERENCE: Final = phrases(r"""
(?:less|more|extra|cheaper|dearer|costlier|higher|lower|off|difference|apart|down|up|on top)
(?:kam|zyada|jyada|adhik|sasta|saste|sasti|mehnga|mehenga|mahanga|mehngi|fark|farak|farq|antar|upar|neeche)
(?:कम|ज्यादा|अधिक|सस्ता|सस्ते|सस्ती|महंगा|महंगे|महंगी|फर्क|अंतर|ऊपर|नीचे)
""")
"""Beside a sum, make it what lies between two prices."""
MAKE_CLAIM: Final = phrases(r"""
(?:(?:is|are|comes? in|available in) (?:all |pure |full )?(?=(?:white|black|brown|blue|red|green|grey|gray|yellow|ivory|
    golden|silver|pink|orange|beige|cream)(?: |$))|made (?:of|in|from|by) |comes? with (?:an? |the )?(?!(?:\S+ ){0,4}
    (?:warranty|guarantee)(?: |$)))(?P<what>\S+)
""")
"""Of what colour or stuff something is, and what comes with it."""

WARRANTY_CLAIM: Final = phrases(r"""
(?:lifetime|life time|extended|full|free|unlimited|long) (?:warranty|guarantee)
(?:with|has|have|includes?|carries|comes with|under|gets?|offers?|no|in|of|within|covered under|
    out of) (?:\S+ )?(?:warranty)
(?:warranty) (?:is|covers|included|remains|of|has|period is|till|until|expired?|over|hai|milegi|milti|nahi|nahin|
    khatam)
(?:is|are|not|fully|still) (?:covered|eligible)
वारंटी (?:\S+ )?(?:है|मिलेगी|मिलती|नहीं|खत्म)
""")
"""About a warranty, without a number."""

DATE_CLAIM: Final = phrases(r"""
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
