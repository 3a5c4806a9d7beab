"""The standard rubric of a new call, in every language, and its tie-break order.

Weights, the gate and the scale (0-10 in steps of a half) follow common practice for scenario calls;
see docs/decisions for the sources.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CriterionDraft:
    """A criterion as an organizer writes it; ``lo``, ``hi`` and ``step`` in hundredths of a point."""

    key: str
    label: dict[str, str]
    guidance: dict[str, str]
    weight: int
    lo: int = 0
    hi: int = 1000
    step: int = 50
    gate: bool = False
    floor_percent: int | None = None


RUBRIC_NAME = {"en": "Standard scenario entry", "zh": "通用场景方案", "ko": "일반 시나리오 과제"}
TIE_BREAK = ["problem_fit", "pilot_plan", "untrimmed_mean", "lower_quote", "panel_vote", "recorded_draw"]
CRITERIA = (
    CriterionDraft(
        "problem_fit", {"en": "Fit with the stated problem", "zh": "需求契合度", "ko": "문제 적합성"},
        {"en": "Does the plan answer the problem as described, for the people who have it?",
         "zh": "方案是否回应了所描述的问题和相关人群的需要？",
         "ko": "제시된 문제와 그 당사자의 필요에 답하는 계획입니까?"}, 25),
    CriterionDraft(
        "technical", {"en": "Technical soundness", "zh": "技术可行性", "ko": "기술 타당성"},
        {"en": "Is the method sound, and is its maturity shown by evidence?",
         "zh": "方法是否可靠，成熟度是否有证据支持？",
         "ko": "방법이 타당하며 성숙도가 근거로 입증됩니까?"}, 20),
    CriterionDraft(
        "pilot_plan", {"en": "Pilot plan and KPIs", "zh": "试点方案与指标", "ko": "실증 계획과 성과지표"},
        {"en": "Can the milestones be met on this site, and do they lead to the targets?",
         "zh": "里程碑能否在现场实现，并达到目标值？",
         "ko": "단계 목표가 현장에서 달성 가능하고 목표값으로 이어집니까?"}, 20),
    CriterionDraft(
        "data_ethics", {"en": "Data security and ethics", "zh": "数据安全与伦理", "ko": "데이터 보안·윤리"},
        {"en": "Is personal data protected, and is harm foreseen and prevented?",
         "zh": "个人信息是否得到保护，风险是否已预见并防范？",
         "ko": "개인정보가 보호되고 피해가 예견·예방됩니까?"}, 15, gate=True),
    CriterionDraft(
        "team", {"en": "Team and past cases", "zh": "团队与案例", "ko": "팀 역량과 실적"},
        {"en": "Have these people done something like it before?",
         "zh": "团队是否做过类似项目？",
         "ko": "비슷한 일을 해 본 경험이 있습니까?"}, 10),
    CriterionDraft(
        "cost", {"en": "Value for money", "zh": "经费合理性", "ko": "예산 적정성"},
        {"en": "Does the quote fit the work, and what would it cost to keep running?",
         "zh": "报价与工作量是否相符，后续运行成本如何？",
         "ko": "견적이 작업에 맞고 이후 운영 비용은 어떻습니까?"}, 10),
)
