declare const registration: ServiceWorkerRegistration;
declare const clients: Clients;
declare const FILES: string[]; // written above offline.js by site.py
