"""The same three visits as the exports of many tools in many versions write them."""
