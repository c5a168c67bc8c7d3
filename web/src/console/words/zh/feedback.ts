import type { feedback as english } from "../en/feedback";
import type { Widened } from "../widened";

const STEPS: Record<number, string> = { 1: "非常不满意", 2: "不满意", 3: "基本满意", 4: "满意", 5: "非常满意" };

/** 市民对服务的评价。 */
export const feedback: Widened<typeof english> = {
  feedback: {
    title: "服务评价",
    intro: "工单解决后请市民评价：一个问题、五个等级，也可以写几句话。保密工单不在此列出。",
    show: "显示",
    shown: { unhappy: "不满意", all: "全部" },
    step: (score) => STEPS[score] ?? "",
    said: (score) => `服务评价：${score} 分（满分 5 分），${STEPS[score] ?? ""}`,
    changed: (was, score) => `服务评价由 ${was} 分改为 ${score} 分（满分 5 分），${STEPS[score] ?? ""}`,
    of: (score) => `${score} 分`,
    when: "时间",
    who: "市民",
    about: "工单",
    answer: "评价",
    none: { unhappy: "目前没有人不满意。", all: "目前还没有评价。" },
    asking: {
      title: "谁来询问",
      intro: "按答复所走的渠道询问；不问机器，不问要求停止接收消息的人，在以下天数内不再次询问同一人。",
      days: "多少天内不再询问同一人",
      save: "保存",
      saved: "已保存。",
      ways: { link: "答复下方的链接", digit: "回复数字，或点击链接", buttons: "答复下方的五个按钮", talk: "聊天结束后在聊天窗口中" },
      cannot: "此渠道无法询问",
      asks: (name) => `${name}询问评价`,
    },
    foretold: "若以此解决，将询问评价",
    service: "此服务办结后请市民评价",
  },
};
