import type { acknowledging as english } from "../en/acknowledging";
import type { Widened } from "../widened";

/** 管理员决定哪个入口自动回执、回执给谁的页面。 */
export const acknowledging: Widened<typeof english> = {
  acknowledging: {
    intro: "收到新内容时，入口可以自动告知：编号、承诺和链接。不会重复来信的任何内容，不会答复机器，同一地址每小时最多一次。",
    inbox: "入口",
    to: "发给谁",
    within: "最近一小时",
    state: "状态",
    choices: { nobody: "不发送", proven: "已验证的发件人", everybody: "所有人" },
    about: {
      nobody: "不会自动发送任何内容。",
      proven: "邮件本身或服务商能证明地址属实的发件人。",
      everybody: "也包括仅由他人填写的地址，例如表单。只发送固定文字。",
    },
    recommended: (choice) => `按建议（${choice}）`,
    used: (used, most) => `${used} / ${most}`,
    on: "启用",
    off: "停用",
    paused: (until) => `暂停至 ${until}`,
    pausedWhy: "一小时内的请求超过上限，之后会自动恢复。",
    change: "更改",
    dialog: (name) => `${name} 的自动回执`,
    most: "每小时上限",
    own: (language) => `自定义文字（${language}）`,
    hint: "留空则使用系统文字。{number}、{promise} 和 {link} 会自动填入。",
    languages: { en: "英文", zh: "中文" },
    save: "保存",
    saved: "已保存。",
    none: "还没有入口。",
    forms: {
      button: "表单",
      title: (name) => `${name} 的表单`,
      confirm: "再次发信前先确认地址",
      confirmHint: "第一封邮件带有链接。在链接被打开或验证码被填写之前，不会向仅在表单中填写的地址发送答复。请求本身照常受理。",
      origins: "可以显示表单的网站，每行一个",
      originsHint: "按浏览器的写法，不含路径。其他网站无法在其页面中显示表单。",
      line: "放入对方页面的代码",
      lineHint: "SERVICE 是该服务在此处地址的最后一段，例如 resident-permit。",
    },
  },
};
