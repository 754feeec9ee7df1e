'use client';
import dynamic from 'next/dynamic';

// Every page brings this file along: what it shows is loaded by those who need it.
export default dynamic(() => import('../features/frame/not-found-page.tsx').then(({ NotFoundPage }) => NotFoundPage));
