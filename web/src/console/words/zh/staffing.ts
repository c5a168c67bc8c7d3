/** 排班推演：假如十点起多两个人。简体中文。 */

import type { staffing as english } from "../en/staffing";
import type { Widened } from "../widened";

const change = (more: number): string => (more < 0 ? `少 ${-more} 人` : `多 ${more} 人`);

export const staffing: Widened<typeof english> = {
  staffing: {
    title: "假如",
    intro: "人多些或少些，今天的电话和聊天会怎样？公式马上给出答案；推演则用派单的同一引擎，在自己的时钟上把这一天走一遍。",
    queue: "队列",
    usual: (days) => `已填入最近 ${days} 个同类日（有实时来访）的平均值。`,
    unknown: "最近没有实时来访。请填您预计的数量。",

    change: "人手",
    people: "坐席",
    peopleHint: (here) => `现在有 ${here} 人登录。`,
    more: "增加，或减少（−）",
    moreHint: "2 表示多两人，-1 表示少一人。",
    since: "从",
    day: "这一天",
    handle: "每次用时",
    handleHint: "平均，含话后处理。",
    patience: "愿意等",
    patienceHint: "平均，之后放弃。留空：没有人放弃。",
    min: "分钟",
    shrinkage: "损耗率",
    shrinkageHint: "休息、培训、病假占的带薪时间。",
    from: "开始",
    to: "结束",
    contacts: "每半小时的实时来访",
    contactsAt: (time) => `${time} 起的来访`,
    play: "推演这一天",
    playing: "正在把这一天推演多遍，需要几秒钟。",
    unreachable: "服务器没有回应，请再试一次。",
    problems: {
      contacts: "请为每半小时填一个数，总数不超过 5000。",
      handle: "请填大于 0 的分钟数。",
      patience: "请填大于 0 的分钟数，或留空。",
      people: "请填 0 到 200 的整数。",
      shrinkage: "请填 0 到 90 的百分比。",
      more: "请填整数；坐席最多 200 人。",
      to: "结束要晚于开始。",
    },

    finding: ({ more, since, now, then, sure }) => `${since} 起${change(more)}：全天达标 ${then}，原为 ${now}。${sure ? "" : "差别可能只是偶然。"}`,
    nobodyCame: "推演中没有人来。",
    measured: (within, share, variant, runs) => `达标：${within} 秒内接起；目标 ${share}%。${variant}。推演 ${runs} 遍；100 次中有 95 次，真实值在两数之间。`,
    which: "看哪一种",
    asItIs: "现状",
    changed: (more, since) => `${since} 起${change(more)}`,
    time: "从",
    came: "来访",
    needed: "需要",
    rota: (many) => `（排班 ${many}）`,
    there: "在岗",
    short: (many) => `（缺 ${many}）`,
    level: "达标",
    wait: "平均等候",
    gaveUp: "放弃",
    busy: "忙碌",
    formula: "公式",
    rehearsal: "推演",
    endless: "越来越长",
    method: "“需要”是既能达标、忙碌又不超过 85% 的最少人数，按 Erlang C 计算；有人放弃时按 Erlang A。公式把每半小时看作一直如此；推演中，没处理完的会留到下一个半小时。两者都假定每个人都能处理本队列的一切。",
  },
};
