"""The CRFs of this trial, one module each: declarations only, in both languages."""

from __future__ import annotations

from edc.forms.ae import AE
from edc.forms.bc import BC
from edc.forms.cm import CM
from edc.forms.cv import CV
from edc.forms.dm import DM
from edc.forms.dth import DTH
from edc.forms.dv import DV
from edc.forms.eng import ENG
from edc.forms.eos import EOS
from edc.forms.eot import EOT
from edc.forms.ex import EX
from edc.forms.gvhd import GVHD
from edc.forms.hsct import HSCT
from edc.forms.ic import IC
from edc.forms.ie import IE
from edc.forms.inf import INF
from edc.forms.inj import INJ
from edc.forms.lb import LB
from edc.forms.mh import MH
from edc.forms.om import OM
from edc.forms.pe import PE
from edc.forms.preg import PREG
from edc.forms.pregt import PREGT
from edc.forms.pro import PRO
from edc.forms.rand import RAND
from edc.forms.rsp import RSP
from edc.forms.sae import SAE
from edc.forms.sk import SK
from edc.forms.stc import STC
from edc.forms.sv import SV
from edc.forms.tx import TX
from edc.forms.unbl import UNBL
from edc.forms.uns import UNS
from edc.forms.vir import VIR
from edc.forms.vs import VS

# In the order of a casebook: who, whether, what is wrong, what was done, how it went, how it ended.
CRFS = (
    IC, SV, DM, HSCT, MH, INJ, VIR, CV, PREGT, VS, PE, LB, IE, RAND, OM, SK, BC, PRO, GVHD, ENG,
    RSP, UNS, EX, STC, CM, TX, AE, SAE, INF, DV, PREG, UNBL, EOT, DTH, EOS,
)  # fmt: skip
