"""The page's sections, a module a question: from results to pictures and tables with words around them."""

from __future__ import annotations

from ablate.report.sections.causes import plateaus as plateaus
from ablate.report.sections.effects import contrasts as contrasts
from ablate.report.sections.effects import importance as importance
from ablate.report.sections.odds import odds_ratios as odds_ratios
from ablate.report.sections.rates import glance as glance
from ablate.report.sections.rates import heats as heats
from ablate.report.sections.rates import level_rates as level_rates
from ablate.report.sections.search import search as search
from ablate.report.sections.section_inputs import Material as Material
from ablate.report.sections.sets import remedies as remedies
from ablate.report.sections.time import time as time
from ablate.report.sections.training import broken as broken
from ablate.report.sections.training import training as training
