/**
 * Public places where anybody keeps files or pages: one host serves everybody, so that honest mail links there every day.
 * A name stands for itself and what is below it. Well-known public services; written from general knowledge. Dynamic DNS
 * is not here: a name there belongs to one machine of one registrant, as a domain does.
 */
export const FILE_HOSTS = [
  // Files
  'drive.google.com',
  'docs.google.com', // documents and forms
  'sites.google.com',
  'storage.googleapis.com',
  'firebasestorage.googleapis.com',
  'lh3.googleusercontent.com', // images in Google's mail and documents
  'dropbox.com',
  'dropboxusercontent.com',
  'onedrive.live.com',
  '1drv.ms',
  'sharepoint.com', // OneDrive and Teams of every Microsoft 365 tenant
  'blob.core.windows.net',
  'box.com',
  'wetransfer.com',
  'we.tl',
  'mediafire.com',
  'mega.nz',
  'icloud.com',
  's3.amazonaws.com',
  'digitaloceanspaces.com',
  'r2.dev', // Cloudflare R2
  'ipfs.io',
  'archive.org',
  'pastebin.com',
  'rapidgator.net',
  'sendspace.com',
  'transfer.sh',
  'cdn.discordapp.com',
  'github.com',
  'raw.githubusercontent.com',
  'gitlab.com',
  'notion.so',
  'canva.com',
  'scribd.com',
  'issuu.com',
  'imgur.com',
  'i.imgur.com',
  'flickr.com',
  'photobucket.com',
  // Pages and blogs
  'github.io',
  'gitlab.io',
  'netlify.app',
  'vercel.app',
  'pages.dev', // Cloudflare Pages
  'workers.dev', // Cloudflare Workers
  'web.app', // Firebase
  'firebaseapp.com',
  'azurewebsites.net',
  'herokuapp.com',
  'glitch.me',
  'replit.app',
  'blogspot.com',
  'wordpress.com',
  'tumblr.com',
  'medium.com',
  'wixsite.com',
  'weebly.com',
  'webflow.io',
  'carrd.co',
  'jimdofree.com',
  'godaddysites.com',
  'square.site',
  'geocities.com', // closed, still in old mail
  'tripod.com',
  'angelfire.com',
  // Forms and lists that many senders share
  'forms.office.com',
  'surveymonkey.com',
  'typeform.com',
  'jotform.com',
  'list-manage.com', // Mailchimp: unsubscribe links
  'groups.google.com',
] as const;
