"""Messages of our own for every case of RFC 4475, by the name that the RFC gives the case."""

from typing import Final

SDP: Final = b"v=0\r\no=shop 7 7 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


def sip(start: str, *lines: str, body: bytes = b"", drop: str = "", add: tuple[str, ...] = ()) -> bytes:
    """A message: its own lines first, then what every message has and these lines do not, then its length."""
    method = "OPTIONS" if start.startswith("SIP/") else start.split(" ", 1)[0]
    common = {
        "Via": "SIP/2.0/UDP desk.example.org:5070;branch=z9hG4bKtea77",
        "Max-Forwards": "40",
        "From": "<sip:asha@example.org>;tag=f-1",
        "To": "<sip:shop@example.com>",
        "Call-ID": "torture-77@desk",
        "CSeq": f"12 {method}",
        "Content-Length": str(len(body)),
    }
    own = {line.split(":")[0].strip().lower() for line in lines}
    rest = [f"{name}: {value}" for name, value in common.items() if name.lower() not in own | set(drop.lower().split())]
    return "\r\n".join([start, *lines, *rest, *add, "", ""]).encode() + body


INVITE: Final = "INVITE sip:shop@example.com SIP/2.0"
OPTIONS: Final = "OPTIONS sip:shop@example.com SIP/2.0"
REGISTER: Final = "REGISTER sip:example.com SIP/2.0"
SDP_TYPE: Final = "Content-Type: application/sdp"

VALID: Final = {
    "wsinv": (
        "INVITE sip:tea@mill-3.example.com;plainflag SIP/2.0\r\n"
        "TO :\r\n sip:tea@mill-3.example.com ;   tag    = t0091\r\n"
        'from   : "A \\\\\\" Rao"       <sip:rao@example.com>\r\n  ;\r\n  tag = f88\r\n'
        "MAX-forwards: 0061\r\ni: wsinv.k3@192.0.2.7\r\n"
        f"content-LENGTH   : {len(SDP)}\r\ncseq: 0007\r\n  INVITE\r\n"
        "Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.7;branch=b390\r\n"
        "s :\r\nUnheardOfHeader:   first\r\n second line of it\r\nOddlyFilled: ;;,,;,;\r\n"
        "c: application/sdp\r\nRoute:\r\n <sip:way.example.com;lr;odd=value;bare>\r\n"
        "v:  SIP  / 2.0  / TCP     loom.example.com   ;\r\n  branch  =   z9hG4bKa1  ,\r\n"
        " SIP  /    2.0   / UDP  192.168.5.11   ; branch=\r\n z9hG4bKa2\r\n"
        'm:"In quotes \\"\\"" <sip:rao@example.com> ; fresh =\r\n      yes ;\r\n  second ; q = 0.33\r\n\r\n'
    ).encode()
    + SDP,
    "intmeth": sip(
        "!odd-Method0123456789_*+`.%its'~ sip:7_rare.URI~(so-be!it)&has't+it$/wild?,/;;*"
        ":&it+is=1,odd!*pa$wo~d_so.(isn't-it)@example.com SIP/2.0",
        'To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:7_rare.URI~(so-be!it)&has\'t+it$/wild?,/;;*@example.com>',
        "From: word1~ word2'+_ word3*%!.- <sip:plain@example.com>;fromParam''~+*_!.-%=\"дом\";tag=_w~1'+`*%!-.",
        "CSeq: 9 !odd-Method0123456789_*+`.%its'~",
        "ext-Header-!.%*+_`'~: \ufb03\U0001f375",
    ),
    "esc01": sip(
        "INVITE sip:sips%3Aasha%40example.com@example.net SIP/2.0",
        "To: sip:%61sh%61@example.com",
        "From: <sip:Two%20words@example.net>;tag=f2",
        "Contact: <sip:cal%6Cer@desk5.example.net;%6C%72;n%61me=v%61lue%25%34%31>",
    ),
    "escnull": sip(
        REGISTER,
        "To: sip:null-%00-null@example.com",
        "From: sip:null-%00-null@example.com;tag=f3",
        "Contact: <sip:%00@desk5.example.com>",
        "Contact: <sip:%00%00@desk5.example.com>",
    ),
    "esc02": sip("RE%47IST%45R sip:registrar.example.com SIP/2.0", 'To: "%Z%45" <sip:shop@example.com>'),
    "lwsdisp": sip(OPTIONS, "From: caller<sip:caller@example.com>;tag=f4"),
    "longreq": sip(
        INVITE,
        f'To: "I have a quoted name of {"long " * 60}" <sip:shop@example.com:6000;'
        f"unknownparam1={'very' * 30}value;longparam{'name' * 12}=short;{'very' * 20}bare>",
        f"F: sip:{'far' * 40}@example.net;tag={'12' * 50}982424;{'long' * 12}={'v' * 120};bare",
        f"Call-ID: {'longcall' * 20}id",
        f"Unknown-{'Long' * 20}-Name: unknown-{'long' * 25}-value; unknown-{'long' * 20}-parameter",
        *(f"Via: SIP/2.0/TCP sip{n}.example.com;branch=z9hG4bK{'b' * 60}{n}" for n in range(33)),
        f"Contact: <sip:{'far' * 40}@desk5.example.net>",
        SDP_TYPE,
        drop="from",
        body=SDP,
    ),
    "dblreq": sip(REGISTER) + sip(INVITE, SDP_TYPE, body=SDP),
    "semiuri": sip("OPTIONS sip:asha;par=u%40example.net@example.com SIP/2.0"),
    "transports": sip(
        OPTIONS,
        "Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKk1",
        "Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKk2",
        "Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bKk3",
        "Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKk4",
        "Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bKk5",
    ),
    "mpart01": sip(
        "MESSAGE sip:shop@example.com SIP/2.0",
        "Content-Type: multipart/mixed;boundary=cut7",
        body=b"--cut7\r\nContent-Type: text/plain\r\n\r\nNamaste\r\n--cut7\r\n"
        b"Content-Type: application/octet-stream\r\n\r\n\x30\x82\x00\xff\xfe\r\n\r\n\x80\r\n--cut7--\r\n",
    ),
    "unreason": sip("SIP/2.0 200 = 2**3 * 5**2 но сто тридцать - простое", "CSeq: 4 INVITE", SDP_TYPE, body=SDP),
    "noreason": sip("SIP/2.0 100 "),
}
"""Section 3.1.1."""

REFUSED: Final = {
    "badinv01": (
        400,
        sip(INVITE, "Via: SIP/2.0/UDP 192.0.2.15;;,;,,", 'Contact: "Jo" <sip:jo@example.org>;;;;', SDP_TYPE, body=SDP),
    ),
    "clerr": (400, sip(INVITE, SDP_TYPE, "Content-Length: 9999", body=SDP)),
    "ncl": (400, sip(INVITE, SDP_TYPE, "Content-Length: -999", body=SDP)),
    "scalar02": (
        400,
        sip(
            REGISTER,
            "CSeq: 36893488147419103232 REGISTER",
            "Max-Forwards: 300",
            "Expires: 10000000000000000000",
            "Contact: <sip:asha@desk5.example.com>;expires=280297596632815",
        ),
    ),
    "quotbal": (400, sip(INVITE, 'To: "Mr. A. Rao <sip:rao@example.com>', SDP_TYPE, body=SDP)),
    "ltgtruri": (400, sip("INVITE <sip:shop@example.com> SIP/2.0", SDP_TYPE, body=SDP)),
    "lwsruri": (400, sip("INVITE sip:shop@example.com; lr SIP/2.0", SDP_TYPE, body=SDP)),
    "lwsstart": (400, sip("INVITE  sip:shop@example.com  SIP/2.0", SDP_TYPE, body=SDP)),
    "trws": (400, sip("OPTIONS sip:far@example.com SIP/2.0  ")),
    "escruri": (400, sip("INVITE sip:shop@example.com?Route=%3Csip:example.com%3E SIP/2.0", SDP_TYPE, body=SDP)),
    "regbadct": (400, sip(REGISTER, "Contact: sip:asha@example.com?Route=%3Csip:sip.example.com%3E")),
    "badaspec": (400, sip(OPTIONS, 'To: "Rao, Asha" < sip:rao@example.org >')),
    "baddn": (400, sip(OPTIONS, "From: Rao, Asha <sip:rao@example.org>;tag=f5")),
    "badvers": (505, sip("OPTIONS sip:shop@example.com SIP/7.0", "Via: SIP/7.0/UDP desk.example.org;branch=z9hG4bKv7")),
    "mismatch01": (400, sip(OPTIONS, "CSeq: 12 INVITE")),
    "mismatch02": (400, sip("NEWMETHOD sip:shop@example.com SIP/2.0", "CSeq: 12 INVITE", SDP_TYPE, body=SDP)),
    "insuf": (400, sip(INVITE, SDP_TYPE, body=SDP, drop="call-id from to")),
    "unkscm": (416, sip("OPTIONS nobodyKnowsIt:anything SIP/2.0")),
    "novelsc": (416, sip("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0")),
    "multi01": (
        400,
        sip(
            INVITE,
            SDP_TYPE,
            body=SDP,
            add=(
                "CSeq: 59 INVITE",
                "Call-ID: another@desk",
                "From: <sip:other@example.net>;tag=f6",
                "To: <sip:second@example.net>",
                "Max-Forwards: 5",
            ),
        ),
    ),
    "mcl01": (400, sip(OPTIONS, "Content-Length: 13", body=b"There is more", add=("Content-Length: 5",))),
}
"""Sections 3.1.2 and 3.3: what a request cannot be read for, and what it is answered with."""

DROPPED: Final = {
    "scalarlg": sip(
        "SIP/2.0 503 Service Unavailable",
        "CSeq: 9223372036854775808 OPTIONS",
        "Retry-After: 949302838503028349304023988",
        'Warning: 1812 overture "In Progress"',
    ),
    "bigcode": sip("SIP/2.0 4294967301 better not break the receiver"),
}
"""Section 3.1.2: responses that are discarded."""

UNTAKEN: Final = {
    "bext01": (
        420,
        sip(OPTIONS, "Require: nothingHasThis, norThis", "Proxy-Require: noProxyHasThis, norAnyThis"),
        ("Unsupported", "nothingHasThis, norThis"),
    ),
    "invut": (415, sip(INVITE, "Content-Type: application/unheardof", body=b"<tea/>"), ("Accept", "application/sdp")),
    "regaut01": (405, sip(REGISTER, "Authorization: NoOneKnowsThis opaque=here"), ("Allow", "INVITE")),
    "sdp01": (406, sip(INVITE, "Accept: text/nobodyReadsThis", SDP_TYPE, body=SDP), ("Via", "SIP/2.0/UDP")),
    "cparam01": (405, sip(REGISTER, "Contact: sip:+15550100@gw1.example.net;unknownparam"), ("Allow", "INVITE")),
    "cparam02": (405, sip(REGISTER, "Contact: <sip:+15550100@gw1.example.net;unknownparam>"), ("Allow", "INVITE")),
    "regescrt": (
        405,
        sip(REGISTER, "Contact: <sip:asha@example.com?Route=%3Csip:sip.example.com%3E>"),
        ("Allow", "INVITE"),
    ),
}
"""Section 3.3: well formed, and turned down by what we are; with a header that the answer has, and its beginning."""

TAKEN: Final = {
    "baddate": sip(INVITE, "Date: Sat, 02 Jan 2010 16:00:00 EST", SDP_TYPE, body=SDP),
    "badbranch": sip(OPTIONS, "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"),
    "unksm2": sip(OPTIONS, "To: isbn:2983792873", "From: <http://www.example.com>;tag=f7", "Contact: <name:Asha_Rao>"),
    "zeromf": sip(OPTIONS, "Max-Forwards: 0"),
    "inv2543": sip(
        INVITE,
        "Via: SIP/2.0/UDP desk5.example.com",
        "From: sip:caller@example.net",
        "CSeq: 1 INVITE",
        SDP_TYPE,
        body=SDP,
        drop="max-forwards content-length",
    ),
}
"""Sections 3.1.2, 3.2, 3.3 and 3.4: what the RFC lets an element take that is the request's last stop."""

UNMATCHED: Final = {
    "bcast": sip("SIP/2.0 200 OK", "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKall", SDP_TYPE, body=SDP),
}
"""Section 3.3.10: well-formed responses that no transaction of ours waits for."""
