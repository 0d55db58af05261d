/** The version of the API's contract, which clients see; deployments of it have no number of their own. */
export const API_VERSION = '1.0.0';
