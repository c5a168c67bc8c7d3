import type { acks as english } from "../en/acks";
import type { Widened } from "../widened";

/** 收到新内容时系统自动发出的回执。 */
export const acks: Widened<typeof english> = {
  acks: {
    title: "自动回执",
    line: (address, channel) => `已通过${channel}自动回执 ${address}`,
    read: "查看内容",
    why: {
      automatic: "由机器发出",
      ours: "来自我方地址",
      "answers us": "是对我方消息的答复",
      unproven: "发件人未经验证",
      "no way": "没有安全的回复途径",
      lately: "一小时内已告知",
      day: "今天已多次告知",
      same: "多人发送相同内容",
      paused: "请求过多，已暂停",
      held: "疑似垃圾信息，已留置",
    },
  },
};
