// scimmy on express 4; the server itself is in ../scimmy.mjs.
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";
import { serve } from "../scimmy.mjs";

serve({ express, SCIMMY, SCIMMYRouters });
