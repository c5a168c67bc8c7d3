/** 取决于前面答案的问题：编辑器中，以及各类渠道上。 */

export const conditions = {
  conditions: {
    onlyIf: "何时提问",
    always: "始终",
    noneBefore: "始终（排在最前）",
    answers: "以下答案之一",
    given: { one_of: "为", answered: "已回答", unanswered: "未回答" },
    how: "回答情况",
    yes: "是",
    no: "否",
    or: "或",
    is: (answers: string): string => `为${answers}`,
    chip: { one_of: (answers: string): string => `仅当${answers}`, answered: (): string => "仅当已回答", unanswered: (): string => "仅当未回答" },
    sentence: (question: string, how: string): string => `仅当“${question}”${how}时提问。`,
    oneStays: "至少保留一个答案。",
    first: (names: string): string => `未更改：${names}取决于此处，请先更改该问题。`,
    after: (name: string): string => `未移动：此问题取决于${name}，须排在其后。`,
    quoted: (name: string): string => `“${name}”`,
    doors: {
      portal: (question: string, how: string): string => `“${question}”${how}后出现。`,
      phone: (question: string, how: string): string => `仅当“${question}”${how}时询问。`,
      text: (question: string, how: string): string => `仅当“${question}”${how}时发送。`,
      talk: (question: string, how: string): string => `仅当“${question}”${how}时发送。`,
      paper: (question: string, how: string): string => `仅当“${question}”${how}时填写：`,
    },
  },
};
