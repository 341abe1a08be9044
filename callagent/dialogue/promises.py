"""What would bind the shop, and what the voice on its telephone must not ask for or say that it is, as data.

Words stand as in `claim_words`; patterns are searched in a sentence with one space between words and at either end.
"""

from typing import Final

from callagent.dialogue.claim_words import phrases

PROMISE: Final = phrases(r"""
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

AFTER_SALES: Final = phrases(r"""
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

NOT_ITS_PLACE: Final = phrases(r"""
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

STATUS: Final = phrases(r"""
(?:order|payment|refund|complaint|booking|parcel|request|it|\d+) (?:is|was|has been|have been|got|
    gets) (?:\S+ ){0,2}?(?P<what>ready
    |cancelled|canceled|received|approved|confirmed|packed|processed|returned|delayed|pending|on hold|delivered|
    shipped
    |dispatched|accepted|rejected|registered|complete|completed|paid)
""")
"""How something stands that the shop keeps books on."""

DELIVERY: Final = phrases(r"""
(?:will|shall|expected|expect|due|should|ships?|arrives?|delivered|delivers|delivery|reach|reaches|on its way|
    on the way|shipped|dispatched|out for delivery)
\S*(?:jaayeg|jayeg|jaeg|aayeg|ayeg|pahunch|milega|milegi|जाएग|जायेग|आएग|मिलेग|पहुंच)\S*
""")
"""A promise that a date that was looked up makes a fact."""

BINDING: Final = phrases(r"""
(?:guarantee|guarantees|guaranteed|guaranty|promise|promises|promised|assure|assured|definitely|certainly|surely|
    absolutely|for sure|without fail|pakka|pakki|zaroor|jaroor|zarur|jarur|garanti|free|discount|refund|gift|
    complimentary|vaada|wada|muft)
(?:गारंटी|पक्का|पक्की|जरूर|वादा|मुफ्त|फ्री|छूट)
""")
"""Never a fact by a date alone."""

_GIVEN = "price|rate|stock|discount|date|daam|delivery|guarantee|offer|chhoot|ki|ka|ke|koi|exact|abhi"

_GIVEN_HI = "दाम|रेट|कीमत|स्टॉक|डिस्काउंट|छूट|तारीख|डिलीवरी|गारंटी|ऑफर|की|का|के|कोई|अभी"

REFUSES: Final = phrases(
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

ASKS: Final = phrases(r"""
(?:and )?(?:shall i|should i|may i|can i|would you like(?: me)? to|do you want(?: me)? to|would you like)
     (?:\S+ ){0,3}(?:check|look|know|find out|see|hear|ask)(?: \S+){0,8}
""")
"""A whole question that offers to look something up."""
