"""The Hindi numbers from 0 to 99, none of which follows a rule, in Devanagari and in Latin letters.

The first way of writing each is the one that is said; the rest are how callers and recognisers spell the same word.
Differences that are the same for all numbers (aa/a, ee/i, doubled letters) are folded away by those who read them.
"""

from typing import Final

_ROWS: Final = """
शून्य शुन्य ज़ीरो जीरो सिफ़र | shoonya zero shunya shoony sunya sifar
एक | ek aek
दो | do doh
तीन | teen
चार | chaar
पाँच | paanch panch
छह छः छे छै | chhe chhah chheh
सात | saat
आठ | aath aatth
नौ | nau nou
दस | das dus
ग्यारह ग्यारा | gyaarah gyara igyarah
बारह बारा | baarah bara
तेरह | terah tehra tehrah
चौदह चौदा | chaudah chauda chodah
पंद्रह पंदरह | pandrah pandra pandhra pandrha
सोलह सोला | solah sola
सत्रह सतरह | satrah satra satarah
अठारह अट्ठारह | athaarah athara atharha
उन्नीस | unnees
बीस | bees
इक्कीस | ikkees ekkis
बाईस | baais baees
तेईस | teis teyis tehis
चौबीस | chaubees chobis
पच्चीस | pacchees
छब्बीस | chhabbees
सत्ताईस सताईस | sattaais sattaees
अट्ठाईस अठाईस | atthaais atthaees attaees
उनतीस उन्तीस | untees unatis
तीस | tees
इकतीस इकत्तीस | ikattees iktis ektis
बत्तीस | battees
तैंतीस तेंतीस | taintees tentis taitis tetis
चौंतीस चौतीस | chauntees chautis chontis
पैंतीस पेंतीस | paintees pentis paitis
छत्तीस | chhattees
सैंतीस सेंतीस | saintees sentis saitis
अड़तीस | adtees artis adatis arhtis
उनतालीस उन्तालीस | untaalees unchaalees unatalis
चालीस | chaalees
इकतालीस | iktaalees ektalis
बयालीस | bayaalees byalis
तैंतालीस तेंतालीस | taintaalees tentalis taitalis tetalis
चौवालीस चवालीस चौंवालीस | chauvaalees chavalis chovalis
पैंतालीस पेंतालीस | paintaalees pentalis paitalis
छियालीस | chhiyaalees chialis
सैंतालीस सेंतालीस | saintaalees sentalis saitalis
अड़तालीस | adtaalees artalis adatalis arhtalis
उनचास उन्चास | unchaas unanchas
पचास | pachaas
इक्यावन | ikyaavan ikavan ekavan
बावन | baavan
तिरेपन तिरपन | tirpan tirepan trepan tirapan
चौवन चौअन | chauvan chavan chovan
पचपन | pachpan pachapan
छप्पन | chhappan
सत्तावन | sattaavan
अट्ठावन अठावन | atthaavan attavan
उनसठ उनसाठ | unsath unsaath unasath
साठ | saath sath
इकसठ इकसाठ | iksath ikasath eksath
बासठ | baasath
तिरेसठ तिरसठ | tirsath tiresath tirasath
चौंसठ चौसठ | chaunsath chausath chonsath
पैंसठ पेंसठ | painsath pensath paisath
छियासठ | chhiyaasath chiasath
सड़सठ | sadsath sarsath sadasath sarhsath
अड़सठ | adsath arsath adasath arhsath
उनहत्तर उनत्तर | unhattar unahattar
सत्तर | sattar
इकहत्तर इखत्तर | ikhattar ikahattar ekhattar
बहत्तर | bahattar behattar
तिहत्तर | tihattar tehattar
चौहत्तर | chauhattar chohattar
पचहत्तर पिचहत्तर पछत्तर | pachhattar pichattar pachahattar
छिहत्तर छियत्तर | chhihattar chhiyattar chehattar
सतहत्तर सतत्तर | sathattar satahattar satattar
अठहत्तर अठत्तर | athhattar athahattar
उनासी उन्नासी | unaasi unyasi
अस्सी | assi
इक्यासी | ikyaasi ikasi ekyasi
बयासी | bayaasi byasi
तिरासी | tiraasi terasi
चौरासी | chauraasi chorasi
पचासी पिचासी | pachaasi pichasi
छियासी | chhiyaasi chiasi
सत्तासी सतासी | sattaasi
अट्ठासी अठासी | atthaasi attasi
नवासी | navaasi
नब्बे | nabbe navve nabbey
इक्यानवे इक्यानबे | ikyaanave ikyanve ikyanbe ikanve ikyanabe
बानवे बानबे | baanave banve banbe baanabe
तिरानवे तिरानबे | tiraanave tiranve tiranbe teranve
चौरानवे चौरानबे | chauraanave chauranve chauranbe choranve
पचानवे पंचानवे पंचानबे पचानबे | pachaanave pachanve pachanbe panchanve panchanbe pichanve
छियानवे छियानबे | chhiyaanave chhiyanve chhiyanbe chianve
सत्तानवे सत्तानबे | sattaanave satanve satanbe
अट्ठानवे अट्ठानबे अठानवे अठानबे | atthaanave athanve athanbe attanve
निन्यानवे निन्यानबे | ninyaanave ninyanve ninyanbe ninanve
"""

DEVANAGARI: Final[tuple[tuple[str, ...], ...]] = tuple(
    tuple(row.split("|")[0].split()) for row in _ROWS.strip().splitlines()
)
"""For each number, all ways of writing it in Devanagari."""

LATIN: Final[tuple[tuple[str, ...], ...]] = tuple(
    tuple(row.split("|")[1].split()) for row in _ROWS.strip().splitlines()
)
"""For each number, the ways of writing it in Latin letters."""
