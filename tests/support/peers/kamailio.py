"""kamailio, as the trunk that one registers at: it asks everybody for a password and stays in the way of every call.

The password of a user is `secret-` and the user's name.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template

from support.peers.ports import HOST, free_ports
from support.peers.program import Program, program

REALM = "callagent.test"
_ROOTS = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib")
_PLACES = [Path(root) / "kamailio" / "modules" for root in _ROOTS]
_PLACE = next((place for place in _PLACES if place.is_dir()), _PLACES[0])
_MODULES = (
    "kex", "tm", "tmx", "sl", "rr", "pv", "maxfwd", "textops", "siputils", "xlog", "usrloc", "registrar", "auth",
)  # fmt: skip
_CONFIG = Template("""\
#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:$host:$port
listen=tcp:$host:$port
mpath="$modules/"
$loaded
modparam("usrloc","db_mode",0)
modparam("registrar","min_expires",5)
modparam("registrar","default_expires",60)
modparam("auth","nonce_expire",30)
modparam("auth","qop","auth")
modparam("auth","nonce_count",1)
request_route {
  xlog("L_NOTICE", "$$rm of $$fU to $$ru\\n");
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483","Too Many Hops"); exit; }
  if (is_method("OPTIONS") && $$rU == $$null) { sl_send_reply("200","OK"); exit; }
  if (has_totag()) {
    if (loose_route()) { xlog("L_NOTICE", "routed $$rm\\n"); t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("404","Not here"); exit;
  }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  t_check_trans();
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("$realm","secret-$$tU","0")) { auth_challenge("$realm","1"); exit; }
    if (!save("location")) sl_reply_error();
    if (registered("location", "$$tu")) xlog("L_NOTICE", "registered $$tU\\n");
    else xlog("L_NOTICE", "gone $$tU\\n");
    exit;
  }
  if (is_method("INVITE")) {
    if (!pv_proxy_authenticate("$realm","secret-$$fU","0")) { auth_challenge("$realm","1"); exit; }
    consume_credentials();
  }
  record_route();
  # Of a call that is taken over the very telephone is known.
  if ($$rp != 5060 && $$rp != $port) { t_relay(); exit; }
  if (!lookup("location")) { sl_send_reply("404","Not Found"); exit; }
  t_relay();
}
""")


class Kamailio:
    """The running trunk."""

    def __init__(self, process: Program, port: int) -> None:
        self.port = port
        self._process = process

    async def registered(self, *users: str) -> None:
        """Once these users are registered."""
        for user in users:
            await self._process.says(rf"registered {re.escape(user)}\s")

    async def gone(self, user: str) -> None:
        """Once that user has given its registration back."""
        await self._process.says(rf"gone {re.escape(user)}\s")

    async def routed(self, method: str) -> None:
        """Once a request within a call has come along the route that its INVITE recorded."""
        await self._process.says(rf"routed {method}\b")

    def account(self, user: str) -> str:
        """How a baresip is known here, as its account writes it."""
        return f';auth_user={user};auth_pass=secret-{user};outbound="sip:{HOST}:{self.port};transport=udp;lr";regint=60'


@asynccontextmanager
async def kamailio(folder: Path) -> AsyncIterator[Kamailio]:
    """A trunk of one's own."""
    own = folder / "kamailio"
    own.mkdir()
    port = free_ports()
    text = _CONFIG.substitute(
        host=HOST,
        port=port,
        realm=REALM,
        modules=_PLACE,
        loaded="\n".join(f'loadmodule "{name}.so"' for name in _MODULES),
    )
    (own / "k.cfg").write_text(text, encoding="utf-8")
    words = ("-DD", "-E", "-f", "k.cfg", "-Y", own, "-P", own / "k.pid", "-m", "32", "-M", "8")
    async with program("kamailio", *words, cwd=own) as process:
        await process.listens(port)
        await process.listens(port, tcp=True)
        yield Kamailio(process, port)
