"""A shop's folder that a test fills with small tables."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from callagent.clock import IST
from callagent.errors import ContentError
from callagent.knowledge.shop import Answer, Shop, open_shop

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
"""A Friday."""

CATALOGUE = """\
code,name,aliases,aliases_hi,aliases_hinglish,brand,category,kind,rating,size,colour,price,unit,conversion,stock,gst_percent,warranty_months,goes_with
F1,big lamp,lamp|floor lamp,बड़ा लैंप,bada lamp,Alfa,lamp,lamp,,,white,1000.00,piece,,4,18,24,P1
F2,small lamp,desk lamp,छोटा लैंप,chhota lamp,Alfa,lamp,lamp,,,white,900.00,piece,,0,18,12,
F3,garden lamp,,,,Beta,lamp,lamp,,,black,1500.00,piece,,7,18,0,
F4,golden lamp,,,,Beta,lamp,lamp,,,golden,9000.00,piece,,1,18,12,
P1,ten amp plug,big plug,दस एम्पियर का प्लग,das ampere ka plug,Beta,plug,plug,10 amp,,white,55.50,piece,,100,18,6,
W1,red rope,rope|string,लाल रस्सी,laal rassi,Beta,rope,rope,,2.5 mm,red,900.00,coil,1 coil = 90 metre,3,5,,
W2,blue rope,,नीली रस्सी,neeli rassi,Beta,rope,rope,,4 mm,blue,12.25,metre,1 coil = 90 metre,200,,,
"""
"""Three kinds of things: what is sold by the piece, by the coil and by the metre."""


class ShopFolder:
    """Tables, the shop that they make, and questions to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("catalogue", CATALOGUE)

    def write(self, table: str, text: str) -> None:
        """Put a table there, or another in its place."""
        (self.path / f"{table}.csv").write_text(text, encoding="utf-8")

    def change(self, table: str, old: str, new: str) -> None:
        """Put something else in the place of the first `old` in a table."""
        text = (self.path / f"{table}.csv").read_text(encoding="utf-8")
        assert old in text
        self.write(table, text.replace(old, new, 1))

    def open(self, **more: Any) -> Shop:
        """The shop."""
        return open_shop(self.path, **more)

    def problems(self, **more: Any) -> list[tuple[str, int, str]]:
        """What is wrong with the tables, by file and line."""
        with pytest.raises(ContentError) as caught:
            self.open(**more)
        return [(problem.file, problem.line, problem.what) for problem in caught.value.problems]

    def ask(self, source: str, arguments: Mapping[str, str], when: datetime = NOW) -> Answer:
        """All that a source tells."""
        return ask(self.open(), source, arguments, when)


def ask(shop: Shop, source: str, arguments: Mapping[str, str], when: datetime = NOW) -> Answer:
    """All that a source of a shop tells."""
    return asyncio.run(shop.look_up(source, arguments, shop.sources[source].gives, when))
