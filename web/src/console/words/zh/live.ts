/** 同事之间的实时工作：谢绝、整理、邀请加入、转交。 */

import type { live as english } from "../en/live";
import type { Widened } from "../widened";

export const live: Widened<typeof english> = {
  refusal: {
    label: "谢绝，因为…",
    reasons: {
      occupied: "我正在忙别的事",
      skill: "不是我的业务",
      language: "不是我的语言",
      acquainted: "我认识此人",
      other: "其他原因",
    },
    inWords: "自己说明…",
    title: "谢绝派单",
    reason: "原因",
    words: "自己的说明（可不填）",
    button: "谢绝",
  },
  wrapUp: {
    of: (number) => `${number} 的话后整理`,
    left: (time) => `${time} 后自动结束；在此期间不会派新工作`,
    done: "完成",
    more: "再加 60 秒",
    longer: "已延长 60 秒",
  },
  nextDuty: {
    heading: "本次联系结束后",
    then: (state) => `之后${state}`,
    bar: (state) => `本次联系结束后${state}：不再向您派单`,
    goOn: "继续接单",
  },
  unanswered: "您没有应答正在等候的来访者，因此不再向您派单。",
  screenClosed: "您的最后一个屏幕已关闭，因此不再向您派单。",
  consult: {
    invited: (name) => `${name} 请您加入`,
    join: "加入",
    notNow: "暂不加入",
    asked: (name) => `已请 ${name} 加入`,
    joined: (name) => `${name} 已加入`,
    with: (name) => `您与 ${name} 一同处理`,
    letGo: "请其离开",
    stop: "不再邀请",
    leave: "离开",
    handOver: "移交",
    takeOver: "接手",
    took: (number) => `${number} 由您处理`,
    handed: (number, name) => `${number} 已移交给 ${name}`,
  },
  passing: {
    to: "转给",
    kinds: { queue: "队列", agent: "同事", service: "服务" },
    agent: "同事",
    service: "服务",
    askFirst: "先请其加入",
    askFirstHint: "同事可以看到并加入；在移交之前仍由您处理。",
    liveHint: "有人正在等候：系统会询问您的同事；若未应答，将带着原有等候时间回到队列。",
    passed: (number, name) => `${number} 已转给 ${name}`,
  },
  shift: {
    title: "结束班次",
    choice: "结束班次…",
    text: "您手上还有这些。勾选的将带着原有等候时间交给他人，其余仍归您。",
    none: "您手上没有工作，将转为离线。",
    groups: { live: "正在联系", answer: "等待我方答复", rest: "等待他人" },
    to: "由谁继续",
    kinds: { back: "退回各队列", agent: "同事", queue: "团队" },
    queue: "团队（按队列）",
    hand: (n) => `移交 ${n} 个并离线`,
    end: "离线",
    handed: (n) => `已移交 ${n} 个，您已离线`,
    back: (n, of, full) => (n === of ? `全部 ${n} 个重新归您` : `${of} 个中有 ${n} 个重新归您${full ? `；${full} 个超出您的工作量上限` : ""}${of > n + full ? `；${of - n - full} 个已由他人接手` : ""}`),
  },
  notify: {
    title: "通知",
    titles: { offers: "有人在等您", mentions: "备注中提到了您", replies: "您的工单有新来信", late: "工作已超期" },
    about: (number, queue) => `${number} · ${queue}`,
  },
  full: {
    all_the_same: "仍然分配",
    given: (number, name) => `${number} 已分配给 ${name}，超出其容量`,
  },
  /** What a colleague is told, whose state somebody else set. */
  forced: (who, state, why) => (why ? `${who} 将您设为${state}：${why}` : `${who} 将您设为${state}。`),
};
