"""Hindi words in Latin letters, and how they are written in their own script.

Words that are English as well ("main", "to", "do") are apart, in `EITHER`: what stands beside them tells.
"""

from collections.abc import Mapping
from typing import Final

from callagent.content.hindi_numbers import DEVANAGARI, LATIN

_WORDS: Final = """
aap आप aapka आपका aapki आपकी aapke आपके aapko आपको aapne आपने aapse आपसे aapmein आपमें hum हम
humne हमने humse हमसे hamara हमारा hamari हमारी hamare हमारे humein हमें hamein हमें hume हमें
tum तुम tumhara तुम्हारा tumhe तुम्हें mujhe मुझे mujhko मुझको mujhse मुझसे mera मेरा meri मेरी
mere मेरे maine मैंने unka उनका unki उनकी unke उनके unko उनको unhe उन्हें unhein उन्हें
unhone उन्होंने unse उनसे iska इसका iski इसकी iske इसके isko इसको isse इससे ise इसे isme इसमें
ismein इसमें inka इनका inki इनकी inke इनके inko इनको inhe इन्हें inmein इनमें inme इनमें uska उसका
uski उसकी uske उसके usko उसको usse उससे usme उसमें usmein उसमें yeh यह ye ये woh वह wo वो voh वह
ve वे apna अपना apni अपनी apne अपने koi कोई kisi किसी kisne किसने kisko किसको kiska किसका
kiski किसकी kiske किसके sab सब sabhi सभी sabse सबसे jo जो jis जिस jise जिसे jiska जिसका jiski जिसकी
jinka जिनका khud ख़ुद dono दोनों donon दोनों aise ऐसे aisa ऐसा aisi ऐसी waise वैसे waisa वैसा
waisi वैसी jaise जैसे jaisa जैसा jaisi जैसी ka का ki की ke के ko को se से ne ने mein में tak तक
bhi भी aur और ya या lekin लेकिन agar अगर toh तो ji जी sirf सिर्फ़ bas बस kyunki क्योंकि isliye इसलिए
taaki ताकि magar मगर balki बल्कि warna वरना varna वरना chaahe चाहे na ना mat मत hi ही sa सा si सी
liye लिए baad बाद pehle पहले pahle पहले upar ऊपर oopar ऊपर neeche नीचे niche नीचे andar अंदर
bahar बाहर baahar बाहर aage आगे peeche पीछे piche पीछे paas पास pas पास saamne सामने beech बीच
baare बारे bina बिना wala वाला wali वाली wale वाले waala वाला waali वाली waale वाले vaala वाला
vaali वाली vaale वाले taraf तरफ़ jagah जगह bagal बगल nahi नहीं nahin नहीं nahee नहीं haan हाँ
han हाँ haanji हाँजी phir फिर fir फिर ab अब abhi अभी kabhi कभी jab जब tab तब jald जल्द jaldi जल्दी
der देर hamesha हमेशा baar बार turant तुरंत lagbhag लगभग karib करीब kareeb करीब shayad शायद
yahan यहाँ yahaan यहाँ wahan वहाँ wahaan वहाँ yahin यहीं wahin वहीं idhar इधर udhar उधर jahan जहाँ
kahin कहीं kya क्या kaun कौन kaunsa कौनसा kaunsi कौनसी kaunse कौनसे konsa कौनसा konsi कौनसी
kaise कैसे kaisa कैसा kaisi कैसी kahan कहाँ kahaan कहाँ kab कब kitna कितना kitni कितनी kitne कितने
kyun क्यों kyon क्यों kis किस kuch कुछ kuchh कुछ itna इतना itni इतनी itne इतने utna उतना utni उतनी
utne उतने bahut बहुत bohot बहुत thoda थोड़ा thodi थोड़ी thode थोड़े zyada ज़्यादा jyada ज़्यादा
kam कम poora पूरा poori पूरी poore पूरे aadha आधा aadhi आधी aadhe आधे zara ज़रा hai है hain हैं
hoon हूँ hun हूँ tha था thi थी hoga होगा hogi होगी honge होंगे ho हो hona होना hone होने hota होता
hoti होती hote होते hua हुआ hui हुई hue हुए raha रहा rahi रही rahe रहे rahega रहेगा rahegi रहेगी
rahenge रहेंगे rehta रहता rehti रहती rehte रहते rahta रहता rahti रहती rahte रहते rehna रहना
rahna रहना rehne रहने rahiye रहिए rahein रहें kar कर karo करो karna करना karni करनी karne करने
karein करें karen करें kare करे kijiye कीजिए kijie कीजिए keejiye कीजिए karta करता karti करती
karte करते karke करके kiya किया kiye किए karenge करेंगे karega करेगा karegi करेगी karunga करूँगा
karungi करूँगी karoonga करूँगा karoongi करूँगी karun करूँ karoon करूँ karwana करवाना karwa करवा
kara करा karao कराओ karaiye कराइए sakta सकता sakti सकती sakte सकते sake सके saken सकें sakein सकें
sakenge सकेंगे sakega सकेगा sakegi सकेगी paayega पाएगा chahiye चाहिए chahie चाहिए chaahiye चाहिए
chahta चाहता chahte चाहते chahti चाहती chahenge चाहेंगे chahunga चाहूँगा chahungi चाहूँगी
chahein चाहें chaahein चाहें bol बोल bolo बोलो bola बोला boli बोली bole बोले boliye बोलिए
bolein बोलें bolen बोलें bolna बोलना bolne बोलने bolte बोलते bolta बोलता bolti बोलती batao बताओ
bata बता bataiye बताइए bataiyega बताइएगा batayein बताएँ bataen बताएँ batana बताना batane बताने
bataya बताया batayi बताई batayenge बताएँगे bataenge बताएँगे bataunga बताऊँगा bataungi बताऊँगी
batata बताता batati बताती batate बताते kaha कहा kahi कही kahe कहे kahein कहें kahiye कहिए kahna कहना
kehna कहना kehte कहते kahte कहते sunna सुनना suna सुना suni सुनी suno सुनो suniye सुनिए sunai सुनाई
sunaai सुनाई rukiye रुकिए ruko रुको rukna रुकना de दे dena देना dene देने deni देनी deta देता
deti देती dete देते dijiye दीजिए dijie दीजिए deejiye दीजिए dein दें denge देंगे dega देगा degi देगी
dunga दूँगा dungi दूँगी doonga दूँगा doongi दूँगी diya दिया diye दिए le ले lo लो lena लेना lene लेने
leni लेनी leta लेता leti लेती lete लेते lijiye लीजिए lijie लीजिए leejiye लीजिए lein लें lenge लेंगे
lega लेगा legi लेगी lunga लूँगा lungi लूँगी loonga लूँगा loongi लूँगी liya लिया li ली milega मिलेगा
milegi मिलेगी milenge मिलेंगे mila मिला mili मिली mile मिले milta मिलता milti मिलती milte मिलते
milna मिलना milkar मिलकर milakar मिलाकर gaya गया gayi गई gai गई gaye गए gae गए jana जाना jaana जाना
jane जाने jaane जाने jao जाओ jaao जाओ jaiye जाइए jaaiye जाइए jata जाता jaata जाता jati जाती
jaati जाती jate जाते jaate जाते jaye जाए jaaye जाए jaayein जाएँ jayein जाएँ jayega जाएगा
jaayega जाएगा jaega जाएगा jayegi जाएगी jaayegi जाएगी jayenge जाएँगे jaayenge जाएँगे ja जा jaa जा
aa आ aana आना aane आने aao आओ aaiye आइए aata आता aati आती aate आते aaya आया aayi आई aai आई aaye आए
aayega आएगा aaega आएगा aayegi आएगी aayenge आएँगे aakar आकर aayein आएँ aaun आऊँ bhej भेज bheja भेजा
bheji भेजी bheje भेजे bhejna भेजना bhejne भेजने bhejta भेजता bhejti भेजती bhejte भेजते
bhejenge भेजेंगे bhejunga भेजूँगा bhejungi भेजूँगी bhejiye भेजिए bhejo भेजो bhejein भेजें dekh देख
dekha देखा dekhi देखी dekhe देखे dekhna देखना dekhne देखने dekhiye देखिए dekho देखो dekhein देखें
dekhti देखती dekhta देखता dikh दिख dikha दिखा dikhe दिखे dikhta दिखता dikhti दिखती dikhao दिखाओ
dikhaiye दिखाइए puch पूछ pooch पूछ puchh पूछ poochh पूछ puchna पूछना poochna पूछना puchiye पूछिए
poochiye पूछिए pucha पूछा poocha पूछा samajh समझ samjha समझा samjhi समझी samjhe समझे samjhao समझाओ
khul खुल khula खुला khuli खुली khule खुले khulta खुलता khulti खुलती khulte खुलते khulega खुलेगा
khulegi खुलेगी kholna खोलना band बंद bandh बंद rakh रख rakhna रखना rakhiye रखिए rakha रखा rakhi रखी
rakhte रखते rakhein रखें dabaiye दबाइए dabaaiye दबाइए dabayein दबाएँ dabaayein दबाएँ dabao दबाओ
dabana दबाना daba दबा laga लगा lagi लगी lage लगे lagta लगता lagti लगती lagte लगते lagega लगेगा
lagegi लगेगी lagenge लगेंगे lagana लगाना lagane लगाने lagwana लगवाना lagaiye लगाइए lagne लगने lag लग
pahunch पहुँच pahuncha पहुँचा pahunchega पहुँचेगा pahunchegi पहुँचेगी pahunchta पहुँचता
pahunchane पहुँचाने pohonch पहुँच jod जोड़ jodna जोड़ना jodta जोड़ता jodti जोड़ती jodte जोड़ते
jodunga जोड़ूँगा jodungi जोड़ूँगी jodiye जोड़िए kharid ख़रीद kharida ख़रीदा khareeda ख़रीदा
kharidi ख़रीदी kharidna ख़रीदना kharidne ख़रीदने bech बेच bechte बेचते chal चल chala चला chali चली
chale चले chalta चलता chalti चलती chalte चलते chalega चलेगा chalegi चलेगी chalo चलो chaliye चलिए
badal बदल badla बदला badalna बदलना badalne बदलने badhao बढ़ाओ badhaiye बढ़ाइए badha बढ़ा chhod छोड़
chhodo छोड़ो chhodiye छोड़िए chun चुन chunna चुनना chuniye चुनिए chunein चुनें soch सोच sochna सोचना
manga मँगा mangana मँगाना mangaya मँगाया mangwana मँगवाना ban बन bana बना bani बनी bane बने
banta बनता banti बनती banate बनाते likh लिख likha लिखा likhiye लिखिए kat कट kata कटा kati कटी ro रो
istemaal इस्तेमाल istemal इस्तेमाल intezaar इंतज़ार intezar इंतज़ार intzaar इंतज़ार namaste नमस्ते
namaskar नमस्कार namaskaar नमस्कार dhanyavaad धन्यवाद dhanyawad धन्यवाद dhanyawaad धन्यवाद
dhanyavad धन्यवाद shukriya शुक्रिया kripya कृपया kripaya कृपया maaf माफ़ maafi माफ़ी mafi माफ़ी
achha अच्छा accha अच्छा acha अच्छा achhi अच्छी acchi अच्छी achhe अच्छे acche अच्छे theek ठीक
thik ठीक bilkul बिल्कुल zaroor ज़रूर zarur ज़रूर jaroor ज़रूर swagat स्वागत swaagat स्वागत madad मदद
sahayata सहायता sahayta सहायता alvida अलविदा shubh शुभ kshama क्षमा bhaiya भैया bhai भाई behen बहन
shikayat शिकायत shikaayat शिकायत pareshani परेशानी pareshaani परेशानी dikkat दिक़्क़त gadbad गड़बड़
galat ग़लत sahi सही sach सच dukaan दुकान dukan दुकान dukaanein दुकानें daam दाम keemat कीमत
kimat कीमत bhav भाव bhaav भाव mol मोल rupaye रुपये rupaya रुपया rupay रुपये rupee रुपये rupees रुपये
paise पैसे paisa पैसा pankha पंखा pankhe पंखे pankhon पंखों bijli बिजली taar तार batti बत्ती
roshni रोशनी ghanti घंटी saaman सामान saamaan सामान samaan सामान saman सामान maal माल cheez चीज़
chiz चीज़ cheezein चीज़ें cheezen चीज़ें dabba डिब्बा dabbe डिब्बे dibba डिब्बा thok थोक nag नग
jodi जोड़ी joda जोड़ा darjan दर्जन hissa हिस्सा tukda टुकड़ा bada बड़ा badi बड़ी bade बड़े
chhota छोटा chhoti छोटी chhote छोटे chota छोटा choti छोटी chote छोटे naya नया nayi नई naye नए
rang रंग purana पुराना purani पुरानी purane पुराने sasta सस्ता sasti सस्ती saste सस्ते mehnga महँगा
mehenga महँगा mehngi महँगी mazboot मज़बूत kharab ख़राब kharaab ख़राब toota टूटा tuta टूटा neela नीला
neeli नीली laal लाल lal लाल peela पीला hara हरा safed सफ़ेद kaala काला kala काला saal साल
mahina महीना mahine महीने hafta हफ़्ता hafte हफ़्ते ghanta घंटा ghante घंटे baje बजे bajkar बजकर
aaj आज kal कल parson परसों parso परसों din दिन dino दिनों dinon दिनों raat रात subah सुबह subeh सुबह
shaam शाम sham शाम dopahar दोपहर dopeher दोपहर somvaar सोमवार somwar सोमवार mangalvaar मंगलवार
mangalwar मंगलवार budhvaar बुधवार budhwar बुधवार guruvaar गुरुवार guruwar गुरुवार
shukravaar शुक्रवार shukrawar शुक्रवार shanivaar शनिवार shaniwar शनिवार ravivaar रविवार
raviwar रविवार itvaar इतवार itwar इतवार taareekh तारीख़ tareekh तारीख़ tarikh तारीख़ samay समय
waqt वक़्त vaqt वक़्त roz रोज़ rozana रोज़ाना chhutti छुट्टी chutti छुट्टी baat बात baatein बातें
naam नाम pata पता sawaal सवाल sawal सवाल jawaab जवाब jawab जवाब ghar घर kaam काम kaamkaaj कामकाज
log लोग logon लोगों aadmi आदमी vyakti व्यक्ति maalik मालिक malik मालिक grahak ग्राहक aawaaz आवाज़
awaaz आवाज़ awaz आवाज़ bhasha भाषा bhaasha भाषा ank अंक ankon अंकों ginti गिनती kul कुल
tareeka तरीका tarika तरीका tarah तरह vajah वजह wajah वजह ummeed उम्मीद umeed उम्मीद andaaza अंदाज़ा
andaaze अंदाज़े andaaz अंदाज़ jaankari जानकारी jankari जानकारी suvidha सुविधा uplabdh उपलब्ध
maujood मौजूद taiyaar तैयार taiyar तैयार khatam ख़त्म khatm ख़त्म shuru शुरू aakhir आख़िर
akhir आख़िर dobara दोबारा dubara दोबारा vapas वापस vaapas वापस wapas वापस waapas वापस wapis वापस
alag अलग saaf साफ़ dheere धीरे zor ज़ोर aaraam आराम aaram आराम pakka पक्का seedha सीधा gali गली
sadak सड़क bazaar बाज़ार bazar बाज़ार daakghar डाकघर nazdeek नज़दीक deewar दीवार diwar दीवार
chhat छत rasoi रसोई kamra कमरा kamre कमरे kapda कपड़ा paani पानी pani पानी garmi गर्मी thanda ठंडा
tez तेज़ sau सौ hazaar हज़ार hazar हज़ार hajaar हज़ार lakh लाख crore करोड़ karod करोड़ savaa सवा
sawa सवा saadhe साढ़े sadhe साढ़े paune पौने paun पौन pauna पौना dedh डेढ़ derh डेढ़ dhaai ढाई
dhai ढाई pehla पहला pehli पहली doosra दूसरा dusra दूसरा doosri दूसरी dusri दूसरी teesra तीसरा
teesri तीसरी agla अगला agli अगली agle अगले pichla पिछला pichli पिछली pichle पिछले pichhla पिछला
aakhri आख़िरी angrezi अंग्रेज़ी hindi हिंदी hinglish हिंग्लिश pin पिन led एलईडी mcb एमसीबी
rccb आरसीसीबी pvc पीवीसी
"""

NUMBERS: Final = tuple(scripts[0] for scripts in DEVANAGARI)
"""0 to 99 in Devanagari."""
_NOT_HINDI: Final = frozenset({"zero", "bara", "tehra", "panch", "do", "saath", "sifar"})
"""Spellings of numbers that are another word more often, or are in `EITHER`."""


def _table() -> dict[str, str]:
    numbers = {
        spelling: number
        for number, spellings in zip(NUMBERS, LATIN, strict=True)
        for spelling in spellings
        if spelling not in _NOT_HINDI
    }
    words = iter(_WORDS.split())
    more = {"dus": "दस", "panch": "पाँच", "char": "चार", "che": "छह", "chhah": "छह"}
    return {**numbers, **more, **dict(zip(words, words, strict=True))}


HINDI: Final[Mapping[str, str]] = _table()
"""Words that are Hindi wherever they stand."""

EITHER: Final[Mapping[str, str]] = {
    "do": "दो",
    "main": "मैं",
    "par": "पर",
    "to": "तो",
    "me": "में",
    "is": "इस",
    "us": "उस",
    "in": "इन",
    "the": "थे",
    "hi": "ही",
}
"""Hindi words that are written like English ones."""
