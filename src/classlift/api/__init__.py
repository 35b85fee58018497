"""Every public verb once, one file each: the same jobs as the commands, on files, arrays or DataFrames."""
