/** What the page says, in both languages; `talk` follows the visitor, not the site around it. */

export type Language = "en" | "zh";

export interface Saying {
  own: string;
  other: string;
  locale: string;
  here: string;
  write: string;
  send: string;
  attach: string;
  close: string;
  menu: string;
  hello: string;
  choose: string;
  orWrite: string;
  openNow: string;
  nobody: string;
  closed: (when: string) => string;
  closedLong: string;
  later: string;
  number: string;
  next: string;
  place: (n: number) => string;
  wait: (least: number, most: number | null) => string;
  joined: (name: string, at: string) => string;
  talkingTo: (name: string) => string;
  isTyping: (name: string) => string;
  somebody: string;
  you: string;
  read: string;
  delivered: string;
  sending: string;
  notSent: string;
  again: string;
  drop: string;
  reconnecting: string;
  ended: string;
  solved: string;
  rate: string;
  steps: readonly [string, string, string, string, string];
  thanks: string;
  more: string;
  save: string;
  end: string;
  reach: string;
  reachWhy: string;
  reachAsk: string;
  reachSet: (way: string) => string;
  reachSave: string;
  name: string;
  email: string;
  phone: string;
  optional: string;
  back: string;
  begin: string;
  needed: string;
  yes: string;
  no: string;
  pick: string;
  elsewhere: string;
  still: (minutes: number) => string;
  stillHere: string;
  tooBig: string;
  tooMany: string;
  checking: string;
  blocked: string;
  conversation: string;
  messages: string;
  failed: string;
  /** What is wrong with an answer or a file, by the server's codes. */
  troubles: Readonly<Record<string, string>>;
  forget: string;
  forgetWhy: string;
  forgetNow: string;
  transcript: string;
}

const en: Saying = {
  own: "English",
  other: "中文",
  locale: "en-GB",
  here: "Here now",
  write: "Write a message",
  send: "Send",
  attach: "Attach a file",
  close: "Close chat",
  menu: "More",
  hello: "Hello. What is it about?",
  choose: "Asked most often",
  orWrite: "Or write in your own words below.",
  openNow: "A person answers here now.",
  nobody: "Nobody is here right now. Write to us all the same: a person answers later.",
  closed: (when) => `A person answers from ${when}. You can write now.`,
  closedLong: "Nobody is here now. You can write, and a person answers later.",
  later: "We have your message. A person answers later: you find it here, on this device.",
  number: "Your number is",
  next: "You are next.",
  place: (n) => `You are number ${n} in line.`,
  wait: (least, most) => (most === null ? `It may take more than ${least} minutes.` : least ? `It takes about ${least} to ${most} minutes.` : "It takes less than a minute."),
  joined: (name, at) => `${name} joined at ${at}.`,
  talkingTo: (name) => `You are talking to ${name}.`,
  isTyping: (name) => `${name} is typing`,
  somebody: "Somebody",
  you: "You",
  read: "Read",
  delivered: "Sent",
  sending: "Sending",
  notSent: "Not sent",
  again: "Try again",
  drop: "Remove",
  reconnecting: "No connection. Trying again…",
  ended: "This chat has ended. Write again, and it goes on.",
  solved: "This is solved. Write again if it is not.",
  rate: "How did we do?",
  steps: ["Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"],
  thanks: "Thank you. You can change it here.",
  more: "Anything to add?",
  save: "Save the conversation",
  end: "End the chat",
  reach: "Need to go?",
  reachWhy: "Leave a mail address or a mobile number. If you are away when we answer, that answer goes there.",
  reachAsk: "Get the answer elsewhere",
  reachSet: (way) => `If you leave, answers go to ${way}.`,
  reachSave: "Keep",
  name: "Your name",
  email: "Mail address",
  phone: "Mobile number",
  optional: "optional",
  back: "Back",
  begin: "Start",
  needed: "Please answer this.",
  yes: "Yes",
  no: "No",
  pick: "Choose",
  elsewhere: "Also sent to you",
  still: (minutes) => `Are you still there? This chat ends in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`,
  stillHere: "I am still here",
  tooBig: "A file may have 10 MB at most.",
  tooMany: "At most 5 files at once.",
  checking: "Checking",
  blocked: "Blocked: the virus scanner did not pass it",
  conversation: "Chat",
  messages: "Messages",
  failed: "This could not be sent.",
  troubles: {
    missing: "Please answer this.",
    too_long: "This is too long.",
    no_mail: "Enter a mail address like name@example.org.",
    no_phone: "Enter a phone number. Begin with + and the country's code.",
    no_number: "Enter a number in digits.",
    no_date: "Enter a date that exists, such as 2026-11-20.",
    not_offered: "Choose one of these.",
    file: "A file is empty, too large, or of a kind that we do not take.",
    files: "At most 5 files, with 25 MB together.",
  },
  forget: "Forget it on this device",
  forgetWhy: "Whoever uses this device next sees nothing of it. You do not find it here again either.",
  forgetNow: "Yes, forget it",
  transcript: "conversation",
};

const zh: Saying = {
  own: "中文",
  other: "English",
  locale: "zh-CN",
  here: "在线",
  write: "写消息",
  send: "发送",
  attach: "添加文件",
  close: "关闭聊天",
  menu: "更多",
  hello: "您好，请问您要咨询什么？",
  choose: "大家常问",
  orWrite: "也可以在下面用自己的话写。",
  openNow: "现在有工作人员在线。",
  nobody: "现在没有人在线。您仍可留言，稍后由工作人员答复。",
  closed: (when) => `工作人员${when}起在线，您现在可以留言。`,
  closedLong: "现在没有人在线。您可以留言，稍后由工作人员答复。",
  later: "已收到您的留言。工作人员稍后答复，您可在这台设备上的这里看到。",
  number: "您的编号",
  next: "下一位就是您。",
  place: (n) => `您排在第 ${n} 位。`,
  wait: (least, most) => (most === null ? `可能需要 ${least} 分钟以上。` : least ? `大约需要 ${least} 到 ${most} 分钟。` : "不到一分钟。"),
  joined: (name, at) => `${name} 于 ${at} 加入`,
  talkingTo: (name) => `正在与 ${name} 对话。`,
  isTyping: (name) => `${name} 正在输入`,
  somebody: "工作人员",
  you: "您",
  read: "已读",
  delivered: "已发送",
  sending: "正在发送",
  notSent: "未发送",
  again: "重试",
  drop: "删除",
  reconnecting: "连接中断，正在重试…",
  ended: "本次聊天已结束。再次留言即可继续。",
  solved: "此事已办结。如未解决，请再留言。",
  rate: "您对我们的服务满意吗？",
  steps: ["非常不满意", "不满意", "基本满意", "满意", "非常满意"],
  thanks: "谢谢。您可以在此修改。",
  more: "还有什么想说的吗？",
  save: "保存对话",
  end: "结束聊天",
  reach: "要离开？",
  reachWhy: "请留下邮箱或手机号。如果我们答复时您不在，答复会发到那里。",
  reachAsk: "改用其他方式接收答复",
  reachSet: (way) => `如果您离开，答复会发到 ${way}。`,
  reachSave: "保存",
  name: "您的姓名",
  email: "邮箱",
  phone: "手机号",
  optional: "选填",
  back: "返回",
  begin: "开始",
  needed: "请回答这一项。",
  yes: "是",
  no: "否",
  pick: "请选择",
  elsewhere: "已另行发送给您",
  still: (minutes) => `您还在吗？本次聊天将在 ${minutes} 分钟后结束。`,
  stillHere: "我还在",
  tooBig: "每个文件最大 10 MB。",
  tooMany: "一次最多 5 个文件。",
  checking: "检查中",
  blocked: "已拦截：未通过病毒检查",
  conversation: "在线聊天",
  messages: "消息",
  failed: "未能发送。",
  troubles: {
    missing: "请回答这一项。",
    too_long: "内容过长。",
    no_mail: "请填写电子邮箱，例如 name@example.org。",
    no_phone: "请填写电话号码，以 + 和国家代码开头。",
    no_number: "请用数字填写。",
    no_date: "请填写有效的日期，例如 2026-11-20。",
    not_offered: "请从选项中选择。",
    file: "文件为空、过大，或格式不受支持。",
    files: "最多 5 个文件，合计不超过 25 MB。",
  },
  forget: "从此设备上清除",
  forgetWhy: "之后使用此设备的人看不到这次对话，您在这里也不能再找到它。",
  forgetNow: "确定清除",
  transcript: "对话",
};

export const SAYINGS: Record<Language, Saying> = { en, zh };
