/** 搜索页面的简体中文。 */

import type { search as english } from "../en/search";
import type { Widened } from "../widened";

export const search: Widened<typeof english> = {
  search: {
    title: "搜索",
    field: "输入文字、编号、姓名、电话或地址",
    narrow: "缩小范围",
    hint: "可查找任何文字的工单、消息和人员。工单编号可带空格，电话号码格式不限。",
    any: "不限",
    me: "我",
    nameless: "尚无姓名",
    filters: { kind: "类型", status: "状态", queue: "队列", service: "服务", assignee: "负责人", channel: "渠道", since: "时间" },
    kinds: { ticket: "工单", message: "消息", customer: "人员", answer: "答复" },
    spans: { day: "最近 24 小时", week: "最近 7 天", month: "最近 30 天", year: "最近一年" },
    none: (words) => `没有找到“${words}”。请减少文字或筛选条件。`,
    noneYet: "最新的内容中没有，较早的可能有。",
    found: (n, more) => (more ? `已找到 ${n} 条，还有更多` : `共 ${n} 条结果`),
    more: "显示更多",
    all: (words) => `“${words}”的全部结果`,
  },
};
