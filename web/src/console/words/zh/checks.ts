import type { checks as english } from "../en/checks";
import type { Widened } from "../widened";

/** 病毒扫描对文件的结论。 */
export const checks: Widened<typeof english> = {
  checks: {
    checking: "检查中",
    checkingHint: (name) => `正在对 ${name} 进行病毒检查，完成后自动开放。`,
    blocked: "已拦截",
    tooLarge: "文件过大，病毒扫描程序无法检查",
    found: (what) => `病毒扫描程序发现 ${what}`,
    something: "病毒扫描程序发现问题",
    cannotSend: "此文件不能发送，请移除。",
    waits: "文件检查完毕后发出",
    line: (what) => `有文件被拦截：${what}`,
    released: "被拦截的文件已对所有人开放",
    early: "文件未经检查即对所有人开放",
    release: "仍要开放",
    dialog: "开放未通过检查的文件",
    grave: (name, why) => `${name}。${why}。打开它可能损害本机和系统。凡内容相同的文件都将对所有人开放，并记录您的姓名。`,
    unchecked: "尚未检查",
    done: (name) => `${name} 已开放`,
    scanner: {
      title: "病毒扫描",
      away: (since) => `病毒扫描程序自 ${since} 起没有响应。`,
      waiting: (count) => `${count} 个文件等待检查。来件照常接收，不带文件的答复照常发出。`,
      well: (version) => `${version} 检查每个收到的文件。`,
      signatures: (day) => `特征库日期：${day}。`,
    },
  },
};
