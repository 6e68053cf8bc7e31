/** The net lives here, and trains while the page stays free. */
import { serve } from "/dist/train/worker.js";
import classroom from "./build/classroom.js";

serve(classroom);
