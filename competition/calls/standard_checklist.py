"""The points of an eligibility check that most calls use; a new call starts with them."""

from __future__ import annotations

from typing import Any

CHECKLIST: tuple[dict[str, Any], ...] = (
    {"key": "eligible", "label": {
        "en": "The team may take part under the eligibility rules of the call",
        "zh": "团队符合公告规定的申报资格", "ko": "팀이 공모의 참가 자격을 충족한다",
    }},
    {"key": "documents", "label": {
        "en": "The required documents are there and can be read", "zh": "所需材料齐全且可以打开",
        "ko": "필수 서류가 모두 있고 열람할 수 있다",
    }},
    {"key": "commitment", "label": {
        "en": "The commitment is signed by the authorized signatory", "zh": "承诺书由授权签字人签署",
        "ko": "확약서에 서명 권한자가 서명했다",
    }},
    {"key": "consortium", "label": {
        "en": "Lead applicant and partners are within the consortium rule", "zh": "牵头单位与参与单位符合联合体规定",
        "ko": "주관기관과 참여기관이 컨소시엄 규정을 지킨다",
    }},
    {"key": "maturity", "label": {
        "en": "The technology readiness level reaches the minimum of the call", "zh": "技术成熟度达到公告的最低要求",
        "ko": "기술 성숙도가 공모의 최소 수준에 이른다",
    }},
)
