// Words of the screens before somebody is logged in: the door, the recovery key, and why a browser cannot take part.
export const entry = {
  entry: {
    looking: "Looking at the server…",
    tagline: "Team chat that only its readers can read.",

    invited: (host: string) => `You are invited to ${host}`,
    invitedLead: "Choose how you will be called here. Your keys are made in this browser and stay in it.",
    owner: "Set up your server",
    ownerLead: (host: string) =>
      `Nobody owns ${host} yet. The account you make here will: it invites people, gives roles and sees how the server is.`,
    logIn: "Log in",
    logInLead: (host: string) => `to ${host}`,

    displayName: "Display name",
    displayHint: "How others see you. You can leave it out.",
    displayExample: "Your name",
    userName: "Username",
    userNameHint: "a–z, 0–9, dot, underscore, hyphen. It stays as it is.",
    userNameWrong: "Only a–z, 0–9, dot, underscore and hyphen, please.",
    userNameLong: "At most 32 characters.",
    userNameMissing: "Choose a username.",
    password: "Password",
    passwordHint: "A few unrelated words are best.",
    passwordMissing: "Choose a password.",
    passwordNeeded: "Type your password.",
    userNameNeeded: "Type your username.",
    more: "More",
    deviceName: "Name of this device",
    deviceHint: "So that you recognise it in your list of devices.",
    browserOn: (browser: string, system: string) => `${browser} on ${system}`,
    someBrowser: "Browser",
    someSystem: "this computer",

    join: "Join",
    makeOwner: "Become the owner",
    joining: "Making your keys and your account. This takes a few seconds…",
    loggingIn: "Checking your password and making keys for this browser…",
    newDevice: "This browser becomes a new device of yours, with keys of its own. It reads what is written from now on.",

    forgot: "Forgot your password?",
    recover: {
      title: "Forgot your password?",
      lead: "Your recovery key lets you in, and you choose a new password.",
      key: "Recovery key",
      keyHint: "14 groups of four. Capitals, hyphens and spaces do not matter.",
      newPassword: "New password",
      go: "Set the password and log in",
      going: "Opening your account and making keys for this browser…",
      noKey:
        "No recovery key at hand? A device of yours that is logged in shows it under Settings, Recovery key. If nothing is left, ask an admin of your team for a reset link.",
      back: "Back to log in",
    },
    anew: {
      title: "Begin your account anew",
      lead: "This link is for when your password, your recovery key and all your devices are lost.",
      what: [
        "All your old devices stop working at once.",
        "Everybody in the team is told that your account began anew, and should ask you in person whether it was you.",
        "You are back in #general and in the open rooms. An admin of each private room has to add you again.",
        "Direct messages go on when the other person writes to you.",
      ],
      better: "Still have a device, the password or the recovery key? Then do not go on: log in with it instead.",
      userName: "Type your username to begin anew",
      go: "Begin anew",
      going: "Making new keys for your account. This takes a few seconds…",
    },

    haveInvite: "I have an invite link",
    haveAccount: "I have an account",
    pasteLink: "Invite link",
    pasteHint: "The whole link, with everything after the #.",
    pasteExample: "https://…/i#…",
    useLink: "Use this link",
    notInvite: "This is the address of a server. An invite link has a # with a code after it.",
    linkKept: "The link names this server. Log in below.",

    noOwner: "This server waits for its owner",
    noOwnerLead: "Until it has one, nobody can log in.",
    noOwnerWhat: "Look into the window where the server was started. It printed a one-time owner link there:",
    noOwnerCommand: "securechat serve",
    noOwnerAgain: "Open that link in this browser, or paste it here. It works for 30 minutes; start the server again for a fresh one.",
    ownerLink: "Owner link",

    unreachable: "The server does not answer",
    unreachableWhat: "Look whether you are online, then try again. What you typed stays here.",
    tryAgain: "Try again",

    serverWords: "Server words",
    serverWordsAsk: "Ask whoever invited you: the same four words? Then nobody is in between.",
    serverWordsOwner: "The server printed these four words when it started. The same? Then nobody is in between.",
    serverWordsLogIn: "Are these the words you know? Your other devices show them under Settings, Profile.",

    stop: "Stop: this is not the server of your link",
    stopWhat:
      "The link carries the identity of the server it was made for, and the server that answers here has another. Somebody may be in between, or the server was set up anew. Nothing of yours was sent.",
    stopHost: (host: string) => `The link was made for ${host}, and this page comes from another address.`,
    stopOpen: (host: string) => `Open the link at ${host}`,
    stopDo: "Do not type a password here. Tell whoever invited you, by another way than this link came, and ask for a new one.",
    stopOther: "Use another link",

    linkHere: "Link this browser with another device",
    linking: {
      title: "Link this browser",
      lead: "Enter this code on a device where you are logged in. It works once, for five minutes.",
      how: "In a browser: Settings, Devices, Link a new device. In a terminal: securechat devices link, and the code.",
      qr: "QR code of the link for your other device",
      code: "Code",
      link: "Link for your other device",
      waits: "Waiting for your other device…",
      confirm: (user: string) => `This browser becomes a device of ${user}. Confirm on the other device.`,
      words: "The other device must show these words:",
      waitsConfirm: "Waiting for you to confirm there…",
      again: "New code",
      back: "Log in with a password instead",
    },

    weak: { title: "Password strength", words: ["Too weak", "Weak", "Okay", "Good", "Strong"] },

    key: {
      title: "Your recovery key",
      lead: "If you lose your devices or forget your password, this key is what is left. Nobody else has it, and nobody can make it again.",
      label: "Recovery key",
      copy: "Copy",
      download: "Download",
      print: "Print",
      copied: "Copied. Paste it where it is safe: a password manager, or paper.",
      notCopied: "The browser did not copy it. Mark the key and copy it by hand.",
      stored: "I stored it",
      storedHint: "It is not shown again here. Your settings can show it while you are logged in.",
      go: "Continue",
      file: (host: string, user: string) => `securechat-recovery-${user}-${host.replace(/[^a-z0-9.-]+/gi, "-")}.txt`,
      text: (host: string, user: string, key: string) =>
        `SecureChat recovery key\n\nServer:   ${host}\nUsername: ${user}\nKey:      ${key}\n\nWhoever has this key can act as you. Keep it where nobody else looks.\n`,
      of: (user: string, host: string) => `${user} on ${host}`,
    },

    impossible: {
      reload: "Reload",
      detail: "What the browser said",
      insecure: {
        title: "This page came over an open connection",
        what: "SecureChat encrypts in your browser, and browsers allow that only on pages that came over https or from this computer itself.",
        todo: [
          "Open the address with https:// in front.",
          "On the computer that runs the server, localhost as the name of the host does, too.",
          "Or run “securechat web” on your own computer: it brings the page from there.",
        ],
      },
      files: {
        title: "This browser keeps no files for the page",
        what: "SecureChat keeps your messages and keys encrypted on this device. This window gives it no place to do so, and it never falls back to keeping them in memory only.",
        todo: [
          "A private window? Open SecureChat in a normal one.",
          "Allow this site to store data, if you blocked that for all sites.",
          "Free some disk space, if the disk is full.",
          "Or use another browser: Firefox, Chrome, Edge or Safari of the last two years.",
        ],
      },
      locks: {
        title: "This browser is too old for SecureChat",
        what: "Several tabs have to agree on which one does the work, and this browser has no way for that (Web Locks).",
        todo: ["Update the browser.", "Or use another one: Firefox, Chrome, Edge or Safari of the last two years."],
      },
      local: {
        title: "Open the link from your terminal",
        what: "This page comes from “securechat web” on this computer, which lets in only the browser that was given its link.",
        todo: [
          "Open the link that “securechat web” printed, with everything after the #.",
          "If it has ended, start it again: it prints a new link. What this browser keeps is still here.",
        ],
      },
      broken: {
        title: "SecureChat did not start",
        what: "Something went wrong before anything was shown. Your messages and keys are untouched.",
        todo: [
          "Reload the page.",
          "If that does not help, close all tabs of SecureChat and open one again.",
          "Tell whoever runs the server what is written below.",
        ],
      },
    },
  },
};
