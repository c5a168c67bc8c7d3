/** 与访客聊天时用到的中文。 */

export const guests = {
  guests: {
    here: "在线",
    typing: "正在输入",
    gone: "已离开",
    goneWhy: "一分钟后，答复会发到对方留下的地址；没有留下的，就在聊天中等对方回来。",
    end: "结束聊天",
    ended: { visitor: "访客结束了聊天", agent: "聊天已结束", silence: "聊天已结束：15 分钟内无人说话" },
  },
};
