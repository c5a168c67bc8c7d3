import type { away as english } from "../en/away";
import type { Widened } from "../widened";

export const away: Widened<typeof english> = {
  text: "您在看别处时，浏览器可以提醒您；您没有打开任何窗口时，可以用邮件告知。",
  permission: {
    default: "尚未询问此浏览器。",
    granted: "此浏览器已允许。",
    denied: "此浏览器已拒绝。请在浏览器设置中允许本网站。",
    unsupported: "此浏览器没有通知功能。",
  },
  allow: "允许通知",
  of: "提醒内容",
  by: { browser: "浏览器", mail: "邮件" },
  kinds: {
    offers: "派单及同事邀请",
    mentions: "提到我的备注",
    replies: "我的工单有新来信",
    late: "超期的工作",
  },
  cell: (kind, way) => `${kind}：${way}`,
  offersHint: "邮件只包括无人应答的派单。",
  words: "显示姓名和主题",
  wordsHint: "不勾选时只显示编号和队列：通知会出现在锁屏上，邮件会留在邮箱里。",
  mail: "邮件",
  proven: (address) => `邮件发送至 ${address}。`,
  unproven: (address) => `尚不会向 ${address} 发送邮件：请先证明您能在那里收信。`,
  sendCode: "发送验证码",
  sentCode: (address) => `验证码已发往 ${address}。`,
  code: "邮件中的验证码",
  check: "验证",
  wrong: "验证码不正确或已过期。",
  every: "邮件最短间隔",
  minutes: (n) => (n < 60 ? `${n} 分钟` : `${n / 60} 小时`),
  hours: "时间",
  when: { working: "仅在我的队列开放时", always: "任何时间" },
  save: "保存",
};
