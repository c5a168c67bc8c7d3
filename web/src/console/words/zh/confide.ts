import type { confide as english } from "../en/confide";
import type { Widened } from "../widened";

export const confide: Widened<typeof english> = {
  title: "谁可以查看此工单",
  text: "仅限您选择的人、处理人和您本人。队列、其他主管和管理员都看不到，系统也不会再分派。",
  find: "查找同事",
  people: "可以查看的同事",
  has: "处理人",
  none: "没有这个名字的同事。",
  button: "设为保密",
  save: "保存",
  disclose: "重新向队列公开",
  done: (number) => `${number} 现仅限指定人员查看`,
  undone: (number) => `队列中的同事可以再次查看 ${number}`,
};
