app = 'no Chalice app'
