/** 队列如何找人，以及对实时来访的要求：简体中文。 */

import type { queues as english } from "../en/queues";
import type { Widened } from "../widened";

export const queues: Widened<typeof english> = {
  queuesPage: {
    intro: "每个队列如何找人接手，以及对实时来访的要求。更改立即生效，已在等候的也一样。",
    noSuchQueue: "没有这个队列。",
    unsavedChip: "未保存",

    whoIsAsked: "等得越久，找谁",
    ringsHint: "起初只找符合服务要求的人。过一段时间可以放宽，免得只等一个人。",
    after: "满",
    ringAfter: (n) => `第 ${n} 步：等候满`,
    ringSkill: (n) => `第 ${n} 步：技能`,
    ringLevel: (n) => `第 ${n} 步：够用的级别`,
    eachSkill: "每项技能",
    level: (level) => (level === 0 ? "不再要求" : `${level} 级即可`),
    addRing: "添加一步",
    removeRing: (n) => `删除第 ${n} 步`,

    lastAgent: "上次的经办人",
    hold: "为其保留",
    holdHint: (most) => `仅当其在岗。最多 ${most} 秒；0 表示不等任何人。`,

    overflowTitle: "没有人接手时",
    overflow: "转到",
    nowhere: "不转其他队列",
    overflowHint: "已等候的时间照算。",
    overflowAfter: "等候满",

    times: "时长",
    handle: "通常处理时长",
    handleHint: "距承诺时限不足其两倍时，优先级提高一级。留空：按通用规则。",
    unset: "–",
    wrapUp: "话后处理最长",
    wrapUpHint: "通话或聊天结束后，这段时间内不派新工作；坐席可提前结束。0 表示没有话后处理。",

    inWords: "用文字说明",
    says: {
      hold: (span) => `上次的经办人在岗时先给其，最多等 ${span}。`,
      noHold: "不等任何人：给最合适的人。",
      ring: (span, skill, level) =>
        skill === null
          ? level === 0 ? `等候满 ${span}后不再要求任何技能。` : `等候满 ${span}后每项技能 ${level} 级即可。`
          : level === 0 ? `等候满 ${span}后不再要求 ${skill}。` : `等候满 ${span}后 ${skill} ${level} 级即可。`,
      overflow: (span, queue) => `等候满 ${span}后转到 ${queue}。`,
      noOverflow: "一直留在本队列。",
      presses: (span) => `距承诺时限不足 ${span} 时更优先。`,
      wrapUp: (span) => `话后处理最长 ${span}。`,
      noWrapUp: "没有话后处理。",
    },

    aims: "服务水平",
    aimsSay: (share, span, variant) => `${share}% 的实时来访在 ${span} 内接起。${variant}。`,
    share: "达标比例",
    shareHint: "所有实时来访：电话、聊天、窗口。",
    within: "接起时限",
    withinHint: "从开始等候算起。",
    variant: "放弃的怎么算",
    usual: "常用",
    longest: "最长等候",
    longestHint: "等得更久时，看板会提醒您。",
    wrapLimit: "最长话后处理",
    wrapLimitHint: "超过时，看板会提醒您。",

    save: "保存",
    discard: "放弃更改",
    saving: "正在保存。",
    saved: "已保存，现已生效。",
    unsaved: "尚未保存，暂存在此标签页。",
    wrong: (n) => `有 ${n} 处需要看一下。`,
    passed: "其间有人更改过。",
    takeTheirs: "看对方的",
    keepMine: "保留我的",

    number: "请填数字。",
    percent: "请填 1 到 100 的整数。",
    between: (least, most) => `请填 ${least} 到 ${most} 之间。`,
    longestShort: "最长等候不能短于接起时限。",
    problems: {
      closed: "这个队列未开放。",
      circle: "工作会来回转。请选别的队列。",
      longest: "最长等候不能短于接起时限。",
    },

    units: { s: "秒", min: "分钟", h: "小时", d: "天" },
    unitOf: (label) => `${label}：单位`,
    length: (seconds) => {
      const parts = [[Math.floor(seconds / 86_400), "天"], [Math.floor((seconds % 86_400) / 3600), "小时"], [Math.floor((seconds % 3600) / 60), "分钟"], [Math.round(seconds % 60), "秒"]];
      return parts.filter(([many]) => many).map(([many, unit]) => `${many} ${unit}`).join(" ") || "0 秒";
    },
  },
};
