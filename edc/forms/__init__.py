"""The CRFs of this trial, one module each: declarations only, in both languages."""

from __future__ import annotations

from edc.forms.ae import AE
from edc.forms.dm import DM
from edc.forms.eos import EOS
from edc.forms.hsct import HSCT
from edc.forms.ic import IC
from edc.forms.ie import IE
from edc.forms.inj import INJ
from edc.forms.om import OM
from edc.forms.rand import RAND
from edc.forms.rsp import RSP
from edc.forms.sv import SV
from edc.forms.vs import VS

# In the order of a casebook: who, whether, what is wrong, what was done, how it went, how it ended.
CRFS = (IC, SV, DM, HSCT, INJ, VS, IE, RAND, OM, RSP, AE, EOS)
