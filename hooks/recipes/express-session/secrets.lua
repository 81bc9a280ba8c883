-- What express-session has in "secret", the newest first. Yours is a secret: keep this file to pushgate's user.
return { "keyboard cat" }
