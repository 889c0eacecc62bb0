"""Which function makes claims of the cases of which rule."""

from __future__ import annotations

from typing import Final

from tests.founding.mapping import Rule

from . import homes, people

RULES: Final[dict[str, Rule]] = {
    "W01-TAIZHOU-CONSTR": homes.taizhou,
    "W03-ZHENJIANG-OPER": homes.zhenjiang,
    "W06-FUJIAN-2013-OPEN": homes.fujian,
    "W08-DATIAN": homes.datian,
    "W14-HEFEI-CONSTR": homes.hefei,
    "W18-ZHONGSHAN-BED": homes.zhongshan,
    "W22-SHUANGTA": homes.shuangta,
    "W23-GUIYANG": homes.guiyang,
    "W25-SHANDONG-2021": homes.shandong,
    "W27-DANDONG": homes.dandong,
    "W29-BEIJING-COVID": homes.beijing,
    "W30-GUANGZHOU-15D": homes.guangzhou,
    "W33-COMM-CENTRE": homes.jiangsu,
    "W35-LIANDU-2025": homes.liandu,
    "W37-TANGSHAN-INS": homes.tangshan,
    "W38-ZHOUSHAN-INS": homes.zhoushan,
    "W41-VOUCHER-NAT": people.voucher,
    "W45-SHANGHAI-SUBSIDY": people.shanghai,
    "W50-CHANGLE": people.changle,
    "W56-SHENZHEN-AGE": people.shenzhen_age,
    "W58-WENZHOU-AGE": people.wenzhou,
    "W59-DUNHUANG-AGE": people.dunhuang,
    "W61-DAQING-GRANDF": people.daqing,
    "W67-ZHEJIANG-ADAPT": people.zhejiang,
    "W72-SHENZHEN-MEAL": people.shenzhen_meals,
    "W79-SHANXI-ENTRY": people.shanxi,
    "W82-ZHENGZHOU-POST": people.zhengzhou,
    "W83-SHENZHEN-DRAFT": people.shenzhen_staff,
    "W88-TENGZHOU-LTCI": people.tengzhou,
    "W93-TIANJIN-SETTLE": people.tianjin,
}
