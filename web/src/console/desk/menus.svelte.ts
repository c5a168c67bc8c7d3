/** Which menu is open: a key, a button and the palette open the same one. */

class Menus {
  open = $state<string | null>(null);

  toggle(name: string): void {
    this.open = this.open === name ? null : name;
  }

  show(name: string): void {
    this.open = name;
  }

  close(): void {
    this.open = null;
  }
}

export const menus = new Menus();
